"""Texts of the sign-in library (django-allauth) that its Danish says in another voice than the portal.

The project's catalogue comes before the library's, so a Danish text there wins. makemessages finds the texts here; without
this list it would drop their translations as unused.
"""

from django.utils.translation import gettext_noop as noop

WORDS = (
    noop("You cannot remove your primary email address."),
    noop("This email address is already associated with this account."),
    noop("The email address and/or password you specified are not correct."),
    noop("A user is already registered with this email address."),
    noop("Please type your current password."),
    noop("Incorrect code."),
    noop("Incorrect password."),
    noop("Invalid login."),
    noop("The password reset token was invalid."),
    noop("You cannot add more than %d email addresses."),
    noop("Too many failed login attempts. Try again later."),
    noop("The email address is not assigned to any user account."),
    noop("Your primary email address must be verified."),
    noop("The new value must be different from the current one."),
    noop("Be patient, you are sending too many requests."),
    noop("Use your password"),
    noop("Use authenticator app or code"),
    noop("Use a security key"),
    noop("Email"),
    noop("Email address"),
    noop("You must type the same password each time."),
    noop("Remember Me"),
    noop("Forgot your password?"),
    noop("Email (again)"),
    noop("Email address confirmation"),
    noop("Email (optional)"),
    noop("You must type the same email each time."),
    noop("Password (again)"),
    noop("Current Password"),
    noop("New Password"),
    noop("New Password (again)"),
    noop("email address"),
    noop("email addresses"),
    noop("This account is inactive."),
    noop("This account is currently inactive."),
    noop("Account Inactive"),
    noop("We've sent a code to %(recipient)s. The code expires shortly, so please enter it soon."),
    noop("Request new code"),
    noop("Confirm Access"),
    noop("Please reauthenticate to safeguard your account."),
    noop("Alternative options"),
    noop("Email Verification"),
    noop("Enter Email Verification Code"),
    noop("Use a different email address"),
    noop("Sign In"),
    noop("Enter Sign-In Code"),
    noop("Password Reset"),
    noop("Enter Password Reset Code"),
    noop("Email Addresses"),
    noop("The following email addresses are associated with your account:"),
    noop("Verified"),
    noop("Unverified"),
    noop("Primary"),
    noop("Make Primary"),
    noop("Re-send Verification"),
    noop("Add Email Address"),
    noop("Add Email"),
    noop("Do you really want to remove the selected email address?"),
    noop("You are receiving this mail because the following change was made to your account:"),
    noop(
        "If you do not recognize this change then please take proper security precautions immediately. The change to "
        "your account originates from:\n\n- IP address: %(ip)s\n- Browser: %(user_agent)s\n- "
        "Date: %(timestamp)s"
    ),
    noop("Your email has been changed from %(from_email)s to %(to_email)s."),
    noop("Email Changed"),
    noop("Your email has been confirmed."),
    noop("Email Confirmation"),
    noop(
        "You're receiving this email because user %(user_display)s has given your email address to register an "
        "account on %(site_domain)s."
    ),
    noop("Your email verification code is listed below. Please enter it in your open browser window."),
    noop("To confirm this is correct, go to %(activate_url)s"),
    noop("Please Confirm Your Email Address"),
    noop("Email address %(deleted_email)s has been removed from your account."),
    noop("Email Removed"),
    noop("Your sign-in code is listed below. Please enter it in your open browser window."),
    noop("This mail can be safely ignored if you did not initiate this action."),
    noop("Your password has been changed."),
    noop("Password Changed"),
    noop("Your password reset code is listed below. Please enter it in your open browser window."),
    noop("Password Reset Code"),
    noop(
        "You're receiving this email because you or someone else has requested a password reset for your user "
        "account.\nIt can be safely ignored if you did not request a password reset. Click the link below to "
        "reset your password."
    ),
    noop("In case you forgot, your username is %(username)s."),
    noop("Password Reset Email"),
    noop("Your password has been reset."),
    noop("Your password has been set."),
    noop("Password Set"),
    noop(
        "You are receiving this email because you, or someone else, tried to access an account with email %(email)s. "
        "However, we do not have any record of such an account in our database."
    ),
    noop("Email Address"),
    noop("Current email"),
    noop("Changing to"),
    noop("Your email address is still pending verification."),
    noop("Cancel Change"),
    noop("Change to"),
    noop("Change Email"),
    noop("Confirm Email Address"),
    noop('Please confirm that <a href="mailto:%(email)s">%(email)s</a> is an email address for user %(user_display)s.'),
    noop("Unable to confirm %(email)s because it is already confirmed by a different account."),
    noop(
        'This email confirmation link expired or is invalid. Please <a href="%(email_url)s">issue a new email '
        "confirmation request</a>."
    ),
    noop("Are you sure you want to sign out?"),
    noop("You cannot remove your primary email address (%(email)s)."),
    noop("Confirmation email sent to %(email)s."),
    noop("Removed email address %(email)s."),
    noop("Successfully signed in as %(name)s."),
    noop("You have signed out."),
    noop("A sign-in code has been sent to %(recipient)s."),
    noop("Password successfully changed."),
    noop("Password successfully set."),
    noop("Primary email address set."),
    noop("Change Password"),
    noop("Forgot Password?"),
    noop("Forgotten your password? Enter your email address below, and we'll send you an email allowing you to reset it."),
    noop("Reset My Password"),
    noop("Please contact us if you have any trouble resetting your password."),
    noop(
        "We have sent you an email. If you have not received it please check your spam folder. Otherwise contact us "
        "if you do not receive it in a few minutes."
    ),
    noop("Bad Token"),
    noop(
        "The password reset link was invalid, possibly because it has already been used.  Please request a <a "
        'href="%(passwd_reset_url)s">new password reset</a>.'
    ),
    noop("Your password is now changed."),
    noop("Set Password"),
    noop("Enter your password:"),
    noop("You will receive a special code for a password-free sign-in."),
    noop("Request Code"),
    noop("Other sign-in options"),
    noop("Warning:"),
    noop(
        "You currently do not have any email address set up. You should really add an email address so you can "
        "receive notifications, reset your password, etc."
    ),
    noop("Verify Your Email Address"),
    noop(
        "We have sent an email to you for verification. Follow the link provided to finalize the signup process. If "
        "you do not see the verification email in your main inbox, check your spam folder. Please contact us if you "
        "do not receive the verification email within a few minutes."
    ),
    noop(
        "This part of the site requires us to verify that\nyou are who you claim to be. For this purpose, we "
        "require that you\nverify ownership of your email address. "
    ),
    noop(
        "We have sent an email to you for\nverification. Please click on the link inside that email. If you do "
        "not see the verification email in your main inbox, check your spam folder. Otherwise\ncontact us if "
        "you do not receive it within a few minutes."
    ),
    noop('<strong>Note:</strong> you can still <a href="%(email_url)s">change your email address</a>.'),
    noop("Account Connections"),
    noop("Two-Factor Authentication"),
    noop("Sessions"),
    noop("You cannot add an email address to an account protected by two-factor authentication."),
    noop("You cannot deactivate two-factor authentication."),
    noop("You cannot generate recovery codes without having two-factor authentication enabled."),
    noop("You cannot activate two-factor authentication until you have verified your email address."),
    noop("Master key"),
    noop("Backup key"),
    noop("Authenticator code"),
    noop("Passwordless"),
    noop(
        "Enabling passwordless operation allows you to sign in using just this key, but imposes additional "
        "requirements such as biometrics or PIN protection."
    ),
    noop("Your account is protected by two-factor authentication. Please enter an authenticator code:"),
    noop("A new set of Two-Factor Authentication recovery codes has been generated."),
    noop("New Recovery Codes Generated"),
    noop("Authenticator app activated."),
    noop("Authenticator App Activated"),
    noop("Authenticator app deactivated."),
    noop("Authenticator App Deactivated"),
    noop("A new security key has been added."),
    noop("Security Key Added"),
    noop("A security key has been removed."),
    noop("Security Key Removed"),
    noop("Authenticator App"),
    noop("Authentication using an authenticator app is active."),
    noop("An authenticator app is not active."),
    noop("Deactivate"),
    noop("Activate"),
    noop("No security keys have been added."),
    noop("Manage"),
    noop("No recovery codes set up."),
    noop("Download"),
    noop("Generate"),
    noop("A new set of recovery codes has been generated."),
    noop("Save them  in a secure location now — they won't be shown again."),
    noop("Security key added."),
    noop("Security key removed."),
    noop("Enter an authenticator code:"),
    noop("You are about to generate a new set of recovery codes for your account."),
    noop("This action will invalidate your existing codes."),
    noop("Download codes"),
    noop("Generate new codes"),
    noop("Activate Authenticator App"),
    noop(
        "To protect your account with two-factor authentication, scan the QR code below with your authenticator app. "
        "Then, input the verification code generated by the app below."
    ),
    noop("Authenticator secret"),
    noop("You can store this secret and use it to reinstall your authenticator app at a later time."),
    noop("Deactivate Authenticator App"),
    noop("You are about to deactivate authenticator app based authentication. Are you sure?"),
    noop("Trust this Browser?"),
    noop("If you choose to trust this browser, you will not be asked for a verification code the next time you sign in."),
    noop("Trust for %(period)s"),
    noop("Don't Trust"),
    noop("Are you sure you want to remove this security key?"),
    noop("Usage"),
    noop("This key does not indicate whether it is a passkey."),
    noop("Unspecified"),
    noop("Edit"),
    noop("Edit Security Key"),
    noop(
        "You are about to create a passkey for your account. As you can add additional keys later on, you can use a "
        "descriptive name to tell the keys apart."
    ),
    noop(
        "An account already exists with this email address. Please sign in to that account first, then connect your %s account."
    ),
    noop("Invalid token."),
    noop("Your account has no password set up."),
    noop("Your account has no verified email address."),
    noop("You cannot disconnect your last remaining third-party account."),
    noop("The third-party account is already connected to a different account."),
    noop("Third-Party Login Failure"),
    noop("An error occurred while attempting to login via your third-party account."),
    noop("You can sign in to your account using any of the following third-party accounts:"),
    noop("You currently have no third-party accounts connected to this account."),
    noop("Add a Third-Party Account"),
    noop("A third-party account from %(provider)s has been connected to your account."),
    noop("Third-Party Account Connected"),
    noop("A third-party account from %(provider)s has been disconnected from your account."),
    noop("Third-Party Account Disconnected"),
    noop("Connect %(provider)s"),
    noop("You are about to connect a new third-party account from %(provider)s."),
    noop("Sign In Via %(provider)s"),
    noop("You are about to sign in using a third-party account from %(provider)s."),
    noop("Login Cancelled"),
    noop(
        "You decided to cancel logging in to our site using one of your existing accounts. If this was a mistake, "
        'please proceed to <a href="%(login_url)s">sign in</a>.'
    ),
    noop("The third-party account has been connected."),
    noop("The third-party account has been disconnected."),
    noop("Or use a third-party"),
    noop("Signed out of all other sessions."),
    noop("Started At"),
    noop("Last seen at"),
    noop("Current"),
    noop("Sign Out Other Sessions"),
)
