"""What Modal's own entry point does in a container before user code runs: it tells the app its layout."""

from __future__ import annotations

import os
from typing import Any

from modal._utils.async_utils import synchronizer
from modal.client import Client
from modal.running_app import running_app_from_layout
from modal_proto import api_pb2 as api

from tests.vendors.modal.server import ControlPlane

SERVICE, CLASS = "fu-bar", "cs-bar"


def enter_container(app: Any, web_url: str) -> ControlPlane:
    """Makes this process a container of `Bar`, whose `web` Modal serves at `web_url`, to its end: a
    client that is connected keeps its control plane open."""
    plane = ControlPlane().__enter__()
    os.environ.update(plane.address)
    inner, client = synchronizer._translate_in(app), synchronizer._translate_in(Client.from_env())
    inner._init_container(client, running_app_from_layout("ap-1", _layout(web_url)))
    return plane


def _layout(web_url: str) -> api.AppLayout:
    generator = api.Function.FUNCTION_TYPE_GENERATOR
    service = api.FunctionHandleMetadata(function_name="Bar.*", function_type=generator)
    service.method_handle_metadata["web"].CopyFrom(
        api.FunctionHandleMetadata(
            function_name="Bar.web", web_url=web_url, is_method=True, function_type=generator
        )
    )
    return api.AppLayout(
        function_ids={"Bar.*": SERVICE},
        class_ids={"Bar": CLASS},
        objects=[
            api.Object(object_id=SERVICE, function_handle_metadata=service),
            api.Object(object_id=CLASS, class_handle_metadata=api.ClassHandleMetadata()),
        ],
    )
