"""A stand-in for the WeChat official-account platform, so that the whole desk works with nobody's permission."""

from servicedesk.sandbox.accounts import ClockControl, Persona, SandboxAccount, refuse_public
from servicedesk.sandbox.server import create_sandbox
from servicedesk.sandbox.state import SANDBOX, Sandbox, Timing

__all__ = [
    "SANDBOX",
    "ClockControl",
    "Persona",
    "Sandbox",
    "SandboxAccount",
    "Timing",
    "create_sandbox",
    "refuse_public",
]
