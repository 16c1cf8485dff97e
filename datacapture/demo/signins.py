"""One sign-in per role of the demo country. Nobody here exists: names are roles."""

from dataclasses import dataclass
from datetime import date

from allauth.account.models import EmailAddress

from practices.enums import PRACTICE_ROLES, REGION_ROLES, Profession, Role
from practices.models import Membership, Practice, Region, User

PASSWORD = "kip-demo-2026"  # noqa: S105  (the demo says it aloud)
SINCE = date(2023, 10, 1)
DEMO_REGION = "1083"


@dataclass(frozen=True)
class SignIn:
    """An address, the role's Danish name, and the profession of the practice where the role has one."""

    address: str
    name: str
    role: Role
    profession: str = ""


SIGN_INS = (
    SignIn("leder@klinik.example", "Demo praksisleder", Role.PRACTICE_MANAGER, Profession.GENERAL_PRACTICE),
    SignIn("laege@klinik.example", "Demo læge", Role.CLINICIAN, Profession.GENERAL_PRACTICE),
    SignIn("sekretaer@klinik.example", "Demo sekretær", Role.PRACTICE_ASSISTANT, Profession.GENERAL_PRACTICE),
    SignIn("speciallaege@klinik.example", "Demo speciallæge", Role.PRACTICE_MANAGER, Profession.SPECIALIST_PRACTICE),
    SignIn("fysioterapeut@klinik.example", "Demo fysioterapeut", Role.PRACTICE_MANAGER, Profession.PHYSIOTHERAPY),
    SignIn("kiropraktor@klinik.example", "Demo kiropraktor", Role.PRACTICE_MANAGER, Profession.CHIROPRACTIC),
    SignIn("psykolog@klinik.example", "Demo psykolog", Role.PRACTICE_MANAGER, Profession.PSYCHOLOGY),
    SignIn("tandlaege@klinik.example", "Demo tandlæge", Role.PRACTICE_MANAGER, Profession.DENTISTRY),
    SignIn("fodterapeut@klinik.example", "Demo fodterapeut", Role.PRACTICE_MANAGER, Profession.PODIATRY),
    SignIn("tandplejer@klinik.example", "Demo tandplejer", Role.PRACTICE_MANAGER, Profession.DENTAL_HYGIENE),
    SignIn("konsulent@region.example", "Demo kvalitetskonsulent", Role.QUALITY_CONSULTANT),
    SignIn("administrator@region.example", "Demo regionsadministrator", Role.REGIONAL_ADMINISTRATOR),
    SignIn("risiko@region.example", "Demo risikomanager", Role.RISK_MANAGER),
    SignIn("surveyor@kip.example", "Demo surveyor", Role.SURVEYOR),
    SignIn("surveyor2@kip.example", "Demo surveyor 2", Role.SURVEYOR),
    SignIn("naevn@kip.example", "Demo nævnsmedlem", Role.COMMITTEE_MEMBER),
    SignIn("analytiker@kip.example", "Demo analytiker", Role.NATIONAL_ANALYST),
    SignIn("styregruppe@kip.example", "Demo styregruppemedlem", Role.STEERING_GROUP_MEMBER),
    SignIn("drift@kip.example", "Demo driftsmedarbejder", Role.PLATFORM_OPERATOR),
)
# Those who approve the demo's first release.
APPROVERS = ("styregruppe@kip.example", "administrator@region.example")


def make_sign_ins() -> None:
    """Create the people and their memberships; those that exist stay as they are. Runs in the worker's scope."""
    region = Region.objects.get(code=DEMO_REGION)
    for sign_in in SIGN_INS:
        if not User.objects.filter(email=sign_in.address).exists():
            user = User.objects.create_user(sign_in.address, PASSWORD, name=sign_in.name)
            EmailAddress.objects.create(user=user, email=sign_in.address, verified=True, primary=True)
            Membership.objects.create(
                user=user,
                role=sign_in.role,
                practice=_practice(sign_in.profession, region) if sign_in.role in PRACTICE_ROLES else None,
                region=region if sign_in.role in REGION_ROLES else None,
                valid_from=SINCE,
            )
    _second_membership()


def _practice(profession: str, region: Region) -> Practice:
    """The profession's largest practice in the demo's region, or in the country where the region has none."""
    practices = Practice.objects.filter(profession=profession, valid_to=None).order_by("-clinicians", "number")
    return practices.filter(region=region).first() or practices[0]


def _second_membership() -> None:
    """The clinician also works as a surveyor, so that switching roles can be tried."""
    clinician = User.objects.get(email="laege@klinik.example")
    Membership.objects.get_or_create(user=clinician, role=Role.SURVEYOR, defaults={"valid_from": SINCE})
