"""What Modal's control plane answers, as far as deploys, rollbacks and Dicts ask. It keeps what it heard.

Each method is one of Modal's calls: it takes the request and returns the answer, or raises GRPCError.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError
from grpclib.const import Status
from modal_proto import api_pb2 as api

APP = "ap-1"
BUILDER = "2025.06"
BUILT = api.GenericResult(status=api.GenericResult.GENERIC_STATUS_SUCCESS)
CREATES = {
    api.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS,
    api.OBJECT_CREATION_TYPE_CREATE_OVERWRITE_IF_EXISTS,
    api.OBJECT_CREATION_TYPE_ANONYMOUS_OWNED_BY_APP,
}


def _jwt(seconds: int = 3600) -> str:
    parts = ({"alg": "none"}, {"exp": int(time.time()) + seconds})
    packed = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join([*packed, "unsigned"])


@dataclass
class ModalControlPlane:
    """`stored` are the secrets that somebody created by name: what a deploy asks for must be there."""

    stored: dict[str, dict[str, str]] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    volumes: dict[str, Any] = field(default_factory=dict)
    images: dict[str, Any] = field(default_factory=dict)
    mounts: dict[str, list[str]] = field(default_factory=dict)
    dicts: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    published: list[Any] = field(default_factory=list)
    away: bool = False

    # --- Who asks ---

    def ClientHello(self, asked: Any) -> Any:
        return api.ClientHelloResponse()

    def AuthTokenGet(self, asked: Any) -> Any:
        return api.AuthTokenGetResponse(token=_jwt())

    def EnvironmentGetOrCreate(self, asked: Any) -> Any:
        settings = api.EnvironmentSettings(image_builder_version=BUILDER)
        named = api.EnvironmentMetadata(name=asked.deployment_name or "main", settings=settings)
        return api.EnvironmentGetOrCreateResponse(environment_id="en-1", metadata=named)

    # --- The application ---

    def AppCreate(self, asked: Any) -> Any:
        return api.AppCreateResponse(app_id=APP)

    def AppGetOrCreate(self, asked: Any) -> Any:
        return api.AppGetOrCreateResponse(app_id=APP)

    def AppGetByDeploymentName(self, asked: Any) -> Any:
        if not self.published:
            return api.AppGetByDeploymentNameResponse()
        deployed = api.AppLifecycle(app_state=api.APP_STATE_DEPLOYED)
        return api.AppGetByDeploymentNameResponse(app_id=APP, environment_name="main", lifecycle=deployed)

    def AppGetLayout(self, asked: Any) -> Any:
        return api.AppGetLayoutResponse()

    def AppClientDisconnect(self, asked: Any) -> Any:
        return Empty()

    def AppHeartbeat(self, asked: Any) -> Any:
        return Empty()

    def AppSetTags(self, asked: Any) -> Any:
        return Empty()

    def AppPublish(self, asked: Any) -> Any:
        self.published.append(asked)
        return api.AppPublishResponse(url="http://127.0.0.1/apps/maya", deployed_at=time.time())

    def AppRollback(self, asked: Any) -> Any:
        """-1 is the version before this one."""
        wanted = len(self.published) - 1 if asked.version == -1 else asked.version
        if not 1 <= wanted <= len(self.published):
            raise GRPCError(Status.NOT_FOUND, f"there is no version {wanted}")
        self.published.append(self.published[wanted - 1])
        return api.AppRollbackResponse(url="http://127.0.0.1/apps/maya", deployed_at=time.time())

    # --- What it is made of ---

    def SecretGetOrCreate(self, asked: Any) -> Any:
        name, made = asked.deployment_name, asked.object_creation_type in CREATES
        if made and name:
            if (
                name in self.stored
                and asked.object_creation_type == api.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS
            ):
                raise GRPCError(Status.ALREADY_EXISTS, f"Secret '{name}' exists")
            self.stored[name] = dict(asked.env_dict)
        if not made and name not in self.stored:
            raise GRPCError(Status.NOT_FOUND, f"Secret '{name}' not found")
        lacking = sorted(set(asked.required_keys) - set(self.stored.get(name, {})))
        if lacking:
            raise GRPCError(Status.FAILED_PRECONDITION, f"Secret '{name}' lacks {', '.join(lacking)}")
        return api.SecretGetOrCreateResponse(secret_id=self._keep(self.secrets, "st", asked))

    def VolumeGetOrCreate(self, asked: Any) -> Any:
        named = api.VolumeMetadata(name=asked.deployment_name, version=asked.version)
        kept = self._keep(self.volumes, "vo", asked)
        return api.VolumeGetOrCreateResponse(volume_id=kept, version=asked.version, metadata=named)

    def MountPutFile(self, asked: Any) -> Any:
        return api.MountPutFileResponse(exists=True)

    def MountBatchedCheckExistence(self, asked: Any) -> Any:
        return api.MountBatchedCheckExistenceResponse()

    def MountGetOrCreate(self, asked: Any) -> Any:
        kept = self._keep(self.mounts, "mo", [file.filename for file in asked.files])
        return api.MountGetOrCreateResponse(
            mount_id=kept, handle_metadata=api.MountHandleMetadata(content_checksum_sha256_hex="0")
        )

    def ImageGetOrCreate(self, asked: Any) -> Any:
        kept = self._keep(self.images, "im", asked.image)
        named = api.ImageMetadata(image_builder_version=BUILDER)
        return api.ImageGetOrCreateResponse(image_id=kept, result=BUILT, metadata=named)

    def FunctionPrecreate(self, asked: Any) -> Any:
        named = api.FunctionHandleMetadata(
            function_name=asked.function_name, function_type=asked.function_type
        )
        return api.FunctionPrecreateResponse(
            function_id=_function(asked.function_name), handle_metadata=named
        )

    def FunctionCreate(self, asked: Any) -> Any:
        made = asked.function
        self.functions[made.function_name] = made
        told = api.FunctionData(function_name=made.function_name, function_type=made.function_type)
        told.ranked_functions.add(rank=0, function=made)
        named = api.FunctionHandleMetadata(function_name=made.function_name, function_type=made.function_type)
        return api.FunctionCreateResponse(
            function_id=_function(made.function_name), function_data=told, handle_metadata=named
        )

    def ClassCreate(self, asked: Any) -> Any:
        return api.ClassCreateResponse(class_id="cs-1", handle_metadata=api.ClassHandleMetadata())

    # --- Dicts ---

    def DictGetOrCreate(self, asked: Any) -> Any:
        self.dicts.setdefault(asked.deployment_name, {})
        return api.DictGetOrCreateResponse(dict_id=asked.deployment_name)

    def DictUpdate(self, asked: Any) -> Any:
        kept = self._dict(asked)
        new = [update for update in asked.updates if not (asked.if_not_exists and update.key in kept)]
        created = any(update.key not in kept for update in new)
        kept.update((update.key, update.value) for update in new)
        return api.DictUpdateResponse(created=created)

    def DictGet(self, asked: Any) -> Any:
        kept = self._dict(asked)
        return api.DictGetResponse(found=asked.key in kept, value=kept.get(asked.key))

    def DictPop(self, asked: Any) -> Any:
        kept = self._dict(asked)
        return api.DictPopResponse(found=asked.key in kept, value=kept.pop(asked.key, None))

    def DictLen(self, asked: Any) -> Any:
        return api.DictLenResponse(len=len(self._dict(asked)))

    def DictClear(self, asked: Any) -> Any:
        self._dict(asked).clear()
        return Empty()

    def DictContents(self, asked: Any) -> Iterator[Any]:
        for key, value in list(self._dict(asked).items()):
            yield api.DictEntry(key=key if asked.keys else b"", value=value if asked.values else b"")

    def ImageJoinStreaming(self, asked: Any) -> Iterator[Any]:
        named = api.ImageMetadata(image_builder_version=BUILDER)
        yield api.ImageJoinStreamingResponse(result=BUILT, metadata=named)

    def _dict(self, asked: Any) -> dict[bytes, bytes]:
        if self.away:
            raise GRPCError(Status.INTERNAL, "no Dict today")
        return self.dicts[asked.dict_id]

    def _keep(self, where: dict[str, Any], prefix: str, what: Any) -> str:
        name = f"{prefix}-{len(where) + 1}"
        where[name] = what
        return name


def _function(name: str) -> str:
    return "fu-" + name.replace(".", "_").replace("*", "")
