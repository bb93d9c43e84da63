"""Moonshine tiny in a process of its own: python -m bartender.hearing.workers.moonshine FOLDER.

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

from bartender.voices.workers import pipe

RATE = 16_000
LAYERS, HEADS, WIDE = 6, 8, 36
BEGIN, END = 1, 2
TOKENS_A_SECOND = 6.5
BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Tokens:
    def __init__(self, path: Path) -> None:
        read = json.loads(path.read_text(encoding="utf-8"))
        self.pieces = {number: piece for piece, number in read["model"]["vocab"].items()}
        self.special = {added["id"] for added in read["added_tokens"]}

    def text(self, numbers: list[int]) -> str:
        said = b""
        for number in numbers:
            if number in self.special:
                continue
            piece = self.pieces.get(number, "")
            byte = BYTE.fullmatch(piece)
            said += bytes([int(byte[1], 16)]) if byte else piece.replace("\u2581", " ").encode()
        return said.decode("utf-8", "replace").strip()


class Moonshine:
    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
            for name in ("encoder_model.onnx", "decoder_model_merged.onnx")
        )
        self.takes = {one.name for model in (self.encoder, self.decoder) for one in model.get_inputs()}
        self.past = [
            f"past_key_values.{layer}.{side}.{part}"
            for layer in range(LAYERS)
            for side in ("decoder", "encoder")
            for part in ("key", "value")
        ]
        self.tokens = Tokens(folder / "tokenizer.json")

    def transcribe(self, pcm: bytes) -> str:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)[None] / 32768
        (states,) = self.encoder.run(None, self._fitting({"input_values": samples}, samples))
        past: dict[str, Any] = {name: np.zeros((0, HEADS, 1, WIDE), np.float32) for name in self.past}
        said = [BEGIN]
        for step in range(int(samples.shape[1] / RATE * TOKENS_A_SECOND) + 8):
            given = {
                "input_ids": np.array([[said[-1]]], np.int64),
                "encoder_hidden_states": states,
                "use_cache_branch": np.array([step > 0]),
            }
            chances, *fresh = self.decoder.run(None, self._fitting(given, samples) | past)
            said.append(int(chances[0, -1].argmax()))
            if said[-1] == END:
                break
            past |= {
                name: value
                for name, value in zip(self.past, fresh, strict=True)
                if step == 0 or "decoder" in name  # the encoder's part is the same in every step
            }
        return self.tokens.text(said[1:])

    def _fitting(self, given: dict[str, Any], samples: Any) -> dict[str, Any]:
        mask = "attention_mask" if "input_values" in given else "encoder_attention_mask"
        return given | ({mask: np.ones(samples.shape, np.int64)} if mask in self.takes else {})


def main() -> None:
    model = Moonshine(Path(sys.argv[1]))
    pipe.reply_json(0, pipe.READY, {})
    for asked in pipe.requests():
        pipe.reply_json(asked["id"], pipe.WORDS, model.transcribe(base64.b64decode(asked["pcm"])))
        pipe.reply(asked["id"], pipe.END)


if __name__ == "__main__":
    main()
