"""Moonshine tiny as a program of its own: python -m bartender.speech.stt.workers.moonshine FOLDER.

The folder holds encoder_model.onnx, decoder_model_merged.onnx and tokenizer.json, as
requirements/get_moonshine puts them there.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from bartender.speech.tts.workers import pipe

SAMPLE_RATE_HZ = 16_000
LAYERS, HEADS, HEAD_SIZE = 6, 8, 36
BOS_TOKEN, EOS_TOKEN = 1, 2
MAX_TOKENS_PER_SECOND = 6.5
BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")


class Tokenizer:
    def __init__(self, path: Path) -> None:
        read = json.loads(path.read_text(encoding="utf-8"))
        self.tokens_by_id = {number: piece for piece, number in read["model"]["vocab"].items()}
        self.special_ids = {added["id"] for added in read["added_tokens"]}

    def decode(self, token_ids: list[int]) -> str:
        said = b""
        for number in token_ids:
            if number in self.special_ids:
                continue
            piece = self.tokens_by_id.get(number, "")
            byte = BYTE_TOKEN.fullmatch(piece)
            said += bytes([int(byte[1], 16)]) if byte else piece.replace("\u2581", " ").encode()
        return said.decode("utf-8", "replace").strip()


class MoonshineModel:
    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
            for name in ("encoder_model.onnx", "decoder_model_merged.onnx")
        )
        self.input_names = {one.name for model in (self.encoder, self.decoder) for one in model.get_inputs()}
        self.cache_names = [
            f"past_key_values.{layer}.{side}.{part}"
            for layer in range(LAYERS)
            for side in ("decoder", "encoder")
            for part in ("key", "value")
        ]
        self.tokenizer = Tokenizer(folder / "tokenizer.json")

    def transcribe(self, pcm: bytes) -> str:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)[None] / 32768
        (states,) = self.encoder.run(None, self._with_attention_mask({"input_values": samples}, samples))
        past: dict[str, Any] = {
            name: np.zeros((0, HEADS, 1, HEAD_SIZE), np.float32) for name in self.cache_names
        }
        said = [BOS_TOKEN]
        for step in range(int(samples.shape[1] / SAMPLE_RATE_HZ * MAX_TOKENS_PER_SECOND) + 8):
            given = {
                "input_ids": np.array([[said[-1]]], np.int64),
                "encoder_hidden_states": states,
                "use_cache_branch": np.array([step > 0]),
            }
            chances, *fresh = self.decoder.run(None, self._with_attention_mask(given, samples) | past)
            said.append(int(chances[0, -1].argmax()))
            if said[-1] == EOS_TOKEN:
                break
            past |= {
                name: value
                for name, value in zip(self.cache_names, fresh, strict=True)
                if step == 0 or "decoder" in name  # the encoder's part is the same in every step
            }
        return self.tokenizer.decode(said[1:])

    def _with_attention_mask(self, given: dict[str, Any], samples: Any) -> dict[str, Any]:
        mask = "attention_mask" if "input_values" in given else "encoder_attention_mask"
        return given | ({mask: np.ones(samples.shape, np.int64)} if mask in self.input_names else {})


def main() -> None:
    model = MoonshineModel(Path(sys.argv[1]))
    pipe.write_json_frame(0, pipe.READY, {})
    for request in pipe.read_requests():
        pipe.write_json_frame(request["id"], pipe.WORDS, model.transcribe(base64.b64decode(request["pcm"])))
        pipe.write_frame(request["id"], pipe.END)


if __name__ == "__main__":
    main()
