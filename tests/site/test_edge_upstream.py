"""What the edge uses of Daphne, Twisted, Django, Channels and others that they do not promise to keep.

An upgrade that moves one of these fails here, with what to read. docs/edge.md says what each is used for.
"""

import hashlib
import inspect
from importlib.metadata import version
from pkgutil import resolve_name

import pytest

# The release lines that the edge was last checked with.
CHECKED_WITH = {
    "daphne": "4.2",
    "twisted": "26.10",
    "autobahn": "26.10",
    "django": "5.2",
    "channels": "4.3",
    "asgiref": "3.13",
    "whitenoise": "6.12",
    "django-csp": "4.0",
}
# Methods that the edge overrides or repeats: their source then, and who stands on it.
SOURCES = {
    "daphne.server:Server.create_application": ("f1e300b4ecf6", "edge/daphne_server.py"),
    "daphne.server:Server.handle_reply": ("9d9dbaea6de0", "edge/daphne_server.py"),
    "daphne.server:Server.kill_all_applications": ("4e1618c6f787", "edge/daphne_server.py"),
    "daphne.server:Server.run": ("447c6bd42c62", "edge/daphne_server.py"),
    "daphne.http_protocol:WebRequest.process": ("e9babd1c97ce", "edge/daphne_requests.py"),
    "daphne.http_protocol:HTTPFactory.buildProtocol": ("35e878a6e0e4", "edge/daphne_requests.py"),
    "daphne.ws_protocol:WebSocketProtocol.onOpen": ("6be066589e00", "edge/daphne_websockets.py"),
    "daphne.ws_protocol:WebSocketProtocol.onMessage": ("826cc86d0e2a", "edge/daphne_websockets.py"),
    "daphne.ws_protocol:WebSocketProtocol.onClose": ("4d3b4d7c66af", "edge/daphne_websockets.py"),
    "twisted.web.http:Request.gotLength": ("1c389b99da50", "edge/daphne_requests.py"),
    "twisted.web.http:Request.handleContentChunk": ("6e942756afb7", "edge/daphne_requests.py"),
    "django.core.handlers.asgi:ASGIHandler.handle": ("98faeb5bef80", "edge/handler.py"),
    "django.core.handlers.base:BaseHandler.load_middleware": ("a1fb7ee5f858", "edge/handler.py"),
    "django.core.handlers.base:BaseHandler.get_response_async": ("ad82c920df0c", "edge/handler.py"),
    "django.middleware.locale:LocaleMiddleware.process_request": ("d9d2626c77dc", "edge/middleware.py"),
    "django.middleware.common:CommonMiddleware.process_request": ("993f4d1f2084", "edge/middleware.py"),
    "django.template.backends.django:DjangoTemplates.get_template": (
        "01480fb11fa0",
        "edge/venue_templates.py",
    ),
    "django.template.loaders.base:Loader.get_template": ("ab94dd1fb187", "edge/template_loader.py"),
    "django.template.loaders.cached:Loader.get_template": ("3b2243a71557", "edge/template_loader.py"),
    "django.templatetags.i18n:TranslateNode.render": ("0a02fd448c27", "edge/venue_templates.py"),
    "django.template.defaulttags:URLNode.render": ("762322665c6e", "edge/venue_templates.py"),
    "django.middleware.gzip:GZipMiddleware.process_response": ("6bd0b6187b78", "edge/middleware.py"),
    "csp.middleware:CSPMiddleware.get_policy_parts": ("835e17fa636a", "edge/middleware.py"),
    "channels.consumer:AsyncConsumer.__call__": ("e52238720872", "core/websocket_consumer.py"),
    "channels.consumer:AsyncConsumer.dispatch": ("39f34e7d4fb0", "core/websocket_consumer.py"),
    "channels.utils:await_many_dispatch": ("30ef88949856", "core/websocket_consumer.py"),
    "whitenoise.base:WhiteNoise.get_static_file": ("5a9920178967", "edge/static_files.py"),
    "whitenoise.responders:StaticFile.get_alternatives": ("fecdedbd23e2", "edge/static_files.py"),
}
# Names that no signature shows, and the source that must still have them.
NAMES = {
    "daphne.server:Server": [
        "self.connections",
        "self.ws_factory",
        "self.http_factory",
        '"application_instance"',
    ],
    "daphne.ws_protocol:WebSocketProtocol": ["self.application_queue"],
    "daphne.http_protocol:WebRequest": ["self.server"],
    "twisted.web.http:HTTPChannel": ["requestFactory", "persistent"],
    "twisted.internet.asyncioreactor:AsyncioSelectorReactor": ["_asyncioEventloop", "def getReaders"],
    "whitenoise.base:WhiteNoise": ["self.files", "immutable_file_test"],
    "whitenoise.responders:StaticFile": [
        *("self.alternatives", "self.not_modified_response", "self.etag", "def is_not_modified"),
    ],
}


def source_hash(place: str) -> str:
    return hashlib.sha256(inspect.getsource(resolve_name(place)).encode()).hexdigest()[:12]


@pytest.mark.parametrize("package", CHECKED_WITH)
def test_the_edge_was_checked_with_the_release_that_is_installed(package):
    installed, checked = version(package), CHECKED_WITH[package]

    assert f"{installed}.".startswith(f"{checked}."), (
        f"{package} is {installed}; maya_site/edge was checked with {checked}. Read its changes beside "
        "docs/edge.md, run tests/site, tests/deploy and tests.bench.bench_edge, then write it here."
    )


@pytest.mark.parametrize("place", SOURCES)
def test_what_the_edge_overrides_is_as_it_was(place):
    expected, user = SOURCES[place]

    assert source_hash(place) == expected, (
        f"{place} is not what maya_site/{user} was written for. Compare the two, then write the hash here."
    )


@pytest.mark.parametrize("place", NAMES)
def test_the_names_that_the_edge_uses_are_there(place):
    source = inspect.getsource(resolve_name(place))

    assert [name for name in NAMES[place] if name not in source] == []
