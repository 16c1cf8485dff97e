"""A small OpenID Connect provider of the tests' own, run as a process: authorization code flow with PKCE and RS256.

Writes the port to standard output and serves until its standard input closes. It knows two people; which of them
signs in is the `login_hint` that the test adds, as if the person had typed it. Only what the portal needs is here.
"""

import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET, KEY_ID = "kip-test", "hemmelighed-til-proeven", "k1"
PEOPLE = {
    "known": {"sub": "uuid-1", "email": "kendt@provider.example", "email_verified": True, "name": "Kendt Person"},
    "stranger": {"sub": "uuid-2", "email": "practice_manager.north_1@kip.example", "email_verified": True, "name": "Fremmed"},
}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
codes: dict[str, dict[str, str]] = {}
tokens: dict[str, str] = {}


class Provider(BaseHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Silent: standard error belongs to real trouble."""

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        pages = {
            "/.well-known/openid-configuration": self.discovery,
            "/jwks": self.keys,
            "/authorize": lambda: self.authorize(query),
            "/userinfo": self.userinfo,
        }
        pages.get(parts.path, self.missing)()

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        self.token(form) if self.path == "/token" else self.missing()

    def discovery(self) -> None:
        ends = {name: f"{self.issuer}/{path}" for name, path in ENDPOINTS.items()}
        self.answer({"issuer": self.issuer, **ends, "token_endpoint_auth_methods_supported": ["client_secret_post"]})

    def keys(self) -> None:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        self.answer({"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})

    def authorize(self, query: dict[str, str]) -> None:
        if query["client_id"] != CLIENT_ID or query["response_type"] != "code" or "openid" not in query["scope"]:
            self.answer({"error": "invalid_request"}, 400)
            return
        code = secrets.token_urlsafe(16)
        codes[code] = query
        self.send_response(302)
        self.send_header("location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
        self.end_headers()

    def token(self, form: dict[str, str]) -> None:
        asked = codes.pop(form.get("code", ""), None)
        if asked is None or form.get("client_secret") != CLIENT_SECRET or form["redirect_uri"] != asked["redirect_uri"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if challenge != asked.get("code_challenge"):
            self.answer({"error": "invalid_grant", "error_description": "PKCE"}, 400)
            return
        access, person = secrets.token_urlsafe(16), asked.get("login_hint", "known")
        tokens[access] = person
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **PEOPLE[person]}
        signed = jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": KEY_ID})
        self.answer({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed})

    def userinfo(self) -> None:
        person = tokens.get(self.headers.get("authorization", "").removeprefix("Bearer "))
        self.answer(PEOPLE[person]) if person else self.answer({"error": "invalid_token"}, 401)

    def missing(self) -> None:
        self.answer({"error": "not_found"}, 404)

    def answer(self, body: object, status: int = 200) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "jwks",
}

if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
