"""The BERT encoder as an ONNX graph, built node by node: no torch at set-up.

Fused operators of onnxruntime (domain com.microsoft) are written directly: Attention and BiasGelu.
Skip connections stay apart: onnxruntime's SkipLayerNormalization runs on one thread, and Add, Add,
LayerNormalization take a third of its time (35 → 32 ms for 153 tokens on two cores;
`triage bench` repeats it). The word table stays float16 and only the gathered rows are cast,
which saves 77 MB of memory at no measurable cost.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = dict[str, NDArray[np.float32]]
_FUSED = "com.microsoft"


def write_onnx(weights: Weights, path: Path, *, layers: int, heads: int, eps: float) -> None:
    """Write `path` and `path` + ".data" (the weights, memory-mapped by onnxruntime).

    Inputs `input_ids`, `attention_mask`: int64 (batch, tokens). Output `last_hidden_state`:
    float32 (batch, tokens, hidden).
    """
    nodes: list[onnx.NodeProto] = []
    tensors: list[onnx.TensorProto] = []

    def keep(name: str, value: NDArray[np.generic]) -> str:
        tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(op: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        nodes.append(helper.make_node(op, inputs, [output], domain=domain, **attributes))
        return output

    def normalise(block: str, product: str, skip: str, output: str) -> str:
        """LayerNorm(product + bias + skip) of a block's output."""
        add("Add", [product, keep(f"{output}_bias", weights[f"{block}.dense.bias"])], f"{output}_b")
        add("Add", [f"{output}_b", skip], f"{output}_sum")
        scale = keep(f"{output}_w", weights[f"{block}.LayerNorm.weight"])
        shift = keep(f"{output}_shift", weights[f"{block}.LayerNorm.bias"])
        return add(
            "LayerNormalization", [f"{output}_sum", scale, shift], output, axis=-1, epsilon=eps
        )

    word = weights["embeddings.word_embeddings.weight"].astype(np.float16)
    # All texts are one segment, so its row is folded into the positions.
    position = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    keep("word", word)
    keep("position", position)
    keep("start", np.asarray([0], dtype=np.int64))
    add("Gather", ["word", "input_ids"], "word_half")
    add("Cast", ["word_half"], "word_rows", to=TensorProto.FLOAT)
    add("Shape", ["input_ids"], "length_1d", start=1, end=2)
    add("Slice", ["position", "start", "length_1d"], "position_rows")
    add("Add", ["word_rows", "position_rows"], "embedded")
    add(
        "LayerNormalization",
        [
            "embedded",
            keep("eln_w", weights["embeddings.LayerNorm.weight"]),
            keep("eln_b", weights["embeddings.LayerNorm.bias"]),
        ],
        "x0",
        axis=-1,
        epsilon=eps,
    )
    add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)

    x = "x0"
    for i in range(layers):
        p = f"encoder.layer.{i}."
        qkv_w = np.concatenate(
            [weights[f"{p}attention.self.{n}.weight"].T for n in ("query", "key", "value")], axis=1
        )
        qkv_b = np.concatenate(
            [weights[f"{p}attention.self.{n}.bias"] for n in ("query", "key", "value")]
        )
        add(
            "Attention",
            [x, keep(f"qkv_w{i}", qkv_w), keep(f"qkv_b{i}", qkv_b), "mask"],
            f"context{i}",
            domain=_FUSED,
            num_heads=heads,
        )
        add(
            "MatMul",
            [f"context{i}", keep(f"ao_w{i}", weights[f"{p}attention.output.dense.weight"].T)],
            f"attended{i}",
        )
        normalise(f"{p}attention.output", f"attended{i}", x, f"y{i}")
        add(
            "MatMul",
            [f"y{i}", keep(f"fi_w{i}", weights[f"{p}intermediate.dense.weight"].T)],
            f"inner{i}",
        )
        add(
            "BiasGelu",
            [f"inner{i}", keep(f"fi_b{i}", weights[f"{p}intermediate.dense.bias"])],
            f"active{i}",
            domain=_FUSED,
        )
        add(
            "MatMul",
            [f"active{i}", keep(f"fo_w{i}", weights[f"{p}output.dense.weight"].T)],
            f"outer{i}",
        )
        x = normalise(
            f"{p}output",
            f"outer{i}",
            f"y{i}",
            "last_hidden_state" if i == layers - 1 else f"x{i + 1}",
        )

    hidden = word.shape[1]
    graph = helper.make_graph(
        nodes,
        "encoder",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info(
                "last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", hidden]
            )
        ],
        tensors,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)],
        producer_name="dispute-triage",
    )
    model.ir_version = 9
    onnx.save_model(
        model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=path.name + ".data",
        size_threshold=1024,
    )
