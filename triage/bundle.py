"""A bundle: a trained model on disk, described completely by its manifest.

A directory of safetensors, skops and JSON files (never pickle). `manifest.json` names every file
with its SHA-256, the encoder the vectors came from, and the taxonomy it was trained for. Loading
checks the hashes and opens skops files only with the fixed list of trusted types below.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from triage.errors import BundleError

MANIFEST = "manifest.json"
#: The low-rank change of the encoder that set-up merges, when the bundle has one.
DELTA = "encoder_delta.safetensors"
#: Attention heads over the taught encoder's tokens, when the bundle has them.
READER = "reader.safetensors"
FORMAT = 1

#: Types a skops file may hold beyond skops' own safe list. Fixed in code: a list stored beside the
#: model would let the model choose (MLflow #25686). Empty: what is shipped needs none.
TRUSTED_TYPES: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """`encoder` is the fingerprint of the encoder whose vectors the heads were trained on, or ""."""

    name: str
    created: str
    taxonomy: str
    labels: tuple[str, ...]
    encoder: str
    metrics: Mapping[str, Any]
    parameters: Mapping[str, Any]
    files: Mapping[str, str]


class Bundle:
    """An opened, verified bundle; `tensors`, `skops` and `json` read its files by stem."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest

    @classmethod
    def open(cls, directory: Path) -> Bundle:
        """Check the manifest and the hash of every file.

        Raises:
            BundleError: missing, incomplete or altered; the Chinese message names the file.
        """
        path = directory / MANIFEST
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise BundleError(f"模型包不完整：{directory.name} 里没有 {MANIFEST}") from error
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BundleError(f"模型包 {directory.name} 的 {MANIFEST} 已损坏") from error
        if raw.get("format") != FORMAT:
            raise BundleError(f"模型包格式 {raw.get('format')!r} 不受支持，应为 {FORMAT}")
        for name, expected in raw["files"].items():
            file = directory / name
            if not file.is_file():
                raise BundleError(f"模型包 {directory.name} 缺少文件 {name}")
            if sha256(file) != expected:
                raise BundleError(f"模型包 {directory.name} 的 {name} 与清单不符，可能被改动或损坏")
        manifest = Manifest(
            name=raw["name"],
            created=raw["created"],
            taxonomy=raw["taxonomy"],
            labels=tuple(raw["labels"]),
            encoder=raw["encoder"],
            metrics=raw.get("metrics", {}),
            parameters=raw.get("parameters", {}),
            files=raw["files"],
        )
        return cls(directory, manifest)

    def has(self, name: str) -> bool:
        return name in self.manifest.files

    def tensors(self, name: str) -> dict[str, NDArray[Any]]:
        return dict(load_file(self._file(name)))

    def skops(self, name: str) -> Any:
        """Raises BundleError when the file holds a type that is not on the fixed list."""
        try:
            return skops.io.load(self._file(name), trusted=list(TRUSTED_TYPES))
        except (TypeError, skops.io.exceptions.UntrustedTypesFoundException) as error:
            raise BundleError(f"模型包文件 {name} 含有不受信任的类型，拒绝载入") from error

    def json(self, name: str) -> Any:
        return json.loads(self._file(name).read_text(encoding="utf-8"))

    def _file(self, name: str) -> Path:
        if name not in self.manifest.files:
            raise BundleError(f"模型包 {self.directory.name} 的清单里没有 {name}")
        return self.directory / name


class BundleWriter:
    """Collects files in a temporary folder and moves the whole bundle into place at once."""

    def __init__(self, target: Path) -> None:
        self.target = target
        target.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=".bundle-", dir=target.parent))

    def tensors(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        # safetensors writes the raw buffer: a transposed view would be stored scrambled.
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, self._folder / name)

    def skops(self, name: str, model: object) -> None:
        # Vocabularies are text: compressed they take a tenth of the space.
        skops.io.dump(model, self._folder / name, compression=zipfile.ZIP_DEFLATED, compresslevel=6)

    def json(self, name: str, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        (self._folder / name).write_text(text + "\n", encoding="utf-8")

    def text(self, name: str, value: str) -> None:
        (self._folder / name).write_text(value, encoding="utf-8")

    def copy(self, source: Path, name: str) -> None:
        shutil.copyfile(source, self._folder / name)

    def finish(
        self,
        *,
        name: str,
        created: str,
        taxonomy: str,
        labels: tuple[str, ...],
        encoder: str,
        metrics: Mapping[str, Any],
        parameters: Mapping[str, Any],
    ) -> Path:
        """Write the manifest and replace `target` atomically as far as the file system allows."""
        files = {
            p.relative_to(self._folder).as_posix(): sha256(p)
            for p in sorted(self._folder.rglob("*"))
            if p.is_file()
        }
        self.json(
            MANIFEST,
            {
                "format": FORMAT,
                "name": name,
                "created": created,
                "taxonomy": taxonomy,
                "labels": list(labels),
                "encoder": encoder,
                "metrics": dict(metrics),
                "parameters": dict(parameters),
                "files": files,
            },
        )
        self._folder.chmod(0o755)
        for path in self._folder.rglob("*"):
            path.chmod(0o644)  # safetensors writes 0600, unreadable to the service account
        old = self.target.with_name(f".{self.target.name}.old")
        if old.exists():
            shutil.rmtree(old)
        if self.target.exists():
            self.target.rename(old)
        self._folder.rename(self.target)
        if old.exists():
            shutil.rmtree(old)
        return self.target

    def discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def sha256(path: Path) -> str:
    """Hex digest of a file, read in 1 MiB blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
