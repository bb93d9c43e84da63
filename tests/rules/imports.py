"""Who imports whom, and which vendor's kit is imported where."""

from pathlib import Path

from tests.rules.tree import OURS, imported, inside, module_name, parsed

# The room with the longest matching name decides; a room may always import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "maya_site.lib": set(),
    "maya_site.jobs": {"maya_site.lib"},
    "payments": {"maya_site.lib", "maya_site.jobs"},
    "rag": {"maya_site.lib", "maya_site.jobs"},
    "bartender.conversation": {"maya_site.lib", "bartender"},
    "bartender": {"maya_site.lib", "maya_site.jobs", "payments", "rag"},
    "maya_site": OURS - {"deploy"},
    "deploy": {"maya_site"},
}
# Whose software development kit may be imported where: in the adapters and nowhere else.
SDK_ROOMS: dict[str, set[str]] = {
    "stripe": {"payments.providers", "payments.webhooks"},
    "mcp": {"payments.providers"},
    # google.protobuf, which is no vendor's kit, shares its first name.
    "google": {"bartender.brains", "rag.providers", "bartender.rtvi", "bartender.framing"},
    "cartesia": {"bartender.voices", "bartender.hearing"},
    "faiss": {"rag.providers"},
    "memvid": {"rag.providers"},
    "memvid_sdk": {"rag.providers"},
    "modal": {"deploy"},
    "opentelemetry": {"maya_site.lib.tracing"},
    "sentry_sdk": {"maya_site.lib.sentry"},
    "twisted": {"maya_site", "deploy"},
    "daphne": {"maya_site", "deploy"},
}
# What a turn is made of knows no socket.
SOCKETLESS = (
    "bartender.conversation",
    "bartender.tools",
    "bartender.brains",
    "bartender.services",
    "payments",
)
SOCKETS = {"channels", "daphne", "twisted", "websockets"}


def forbidden_imports(root: Path) -> list[str]:
    found = []
    for name, tree in parsed(root):
        module = module_name(name)
        room = max((room for room in MAY_IMPORT if inside(module, {room})), key=len, default="")
        allowed = MAY_IMPORT.get(room, OURS) | {room}
        for line, target in imported(name, tree):
            if target.split(".")[0] in OURS and not inside(target, allowed):
                found.append(f"{name}:{line} {room} may not import {target}")
    return found


def stray_sdks(root: Path) -> list[str]:
    found = []
    for name, tree in parsed(root):
        module = module_name(name)
        for line, target in imported(name, tree):
            sdk = target.split(".")[0]
            if sdk in SDK_ROOMS and not inside(module, SDK_ROOMS[sdk]):
                found.append(f"{name}:{line} {sdk} belongs to {', '.join(sorted(SDK_ROOMS[sdk]))}")
            if sdk in SOCKETS and inside(module, SOCKETLESS):
                found.append(f"{name}:{line} knows no socket, so not {sdk}")
    return found
