"""The rules of a recipe as a graph of ONNX; needs ``onnx``."""

import json
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from onecopy._render import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Of the operators that are used, the version that has all of them.
_OPSET = 16
_IR = 8


class Rules(Protocol):
    """What a graph is made of."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns, in order."""

    @property
    def dtype(self) -> str:
        """The dtype of the output."""

    @property
    def inf(self) -> str:
        """What becomes of infinities."""

    @property
    def overflow(self) -> str:
        """What becomes of finite values that do not fit."""

    @property
    def fill(self) -> "Mapping[str, float | None]":
        """The fill of each column."""

    @property
    def datetimes(self) -> "Collection[str]":
        """The columns of times."""

    @property
    def categories(self) -> "Collection[str]":
        """The columns of texts."""


def model(rules: Rules, opset: int | None) -> Any:
    """Make the model."""
    require_numbers("to_onnx", rules)
    try:
        import onnx  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 (optional)
    except ImportError as error:
        message = "to_onnx() needs the package onnx: pip install onnx"
        raise ImportError(message) from error
    helper = onnx.helper
    width = [None, len(rules.feature_names)]
    # A runtime rounds a float64 to float16 by way of float32: twice.
    given = "float32" if rules.dtype == "float16" else "float64"
    kinds = {"float16": "FLOAT16", "float32": "FLOAT", "float64": "DOUBLE"}
    kind = {name: getattr(onnx.TensorProto, word) for name, word in kinds.items()}
    nodes, constants = _Graph(rules, kind, onnx).nodes()
    graph = helper.make_graph(
        nodes,
        "recipe",
        [helper.make_tensor_value_info("raw", kind[given], width)],
        [helper.make_tensor_value_info("X", kind[rules.dtype], width)],
        constants,
    )
    imports = [helper.make_opsetid("", _OPSET if opset is None else opset)]
    made = helper.make_model(graph, opset_imports=imports, producer_name="onecopy")
    made.ir_version = _IR
    names = json.dumps(list(rules.feature_names), ensure_ascii=False)
    helper.set_model_props(made, {"feature_names": names})
    onnx.checker.check_model(made)
    return made


def require_numbers(what: str, rules: Rules) -> None:
    """Refuse a recipe that makes numbers of times or texts."""
    recoded = [
        name for name in rules.feature_names if name in {*rules.datetimes, *rules.categories}
    ]
    if recoded:
        raise ValueError(
            f"{what}: its input is numbers, and the recipe makes numbers of times and texts in "
            f"{quoted(recoded)}; give the model what recipe.transform() returns, or make a recipe "
            "without these columns"
        )


class _Graph:
    """The nodes, as they are added."""

    def __init__(self, rules: Rules, kind: dict[str, Any], onnx: Any) -> None:
        self._rules = rules
        self._kind = kind
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def nodes(self) -> tuple[list[Any], list[Any]]:
        rules = self._rules
        cast = self._cast("raw", "cast", rules.dtype)
        # Halves are asked for infinities as float32, which holds them exactly.
        asked = self._cast(cast, "wide", "float32") if rules.dtype == "float16" else cast
        missing = self._node("IsNaN", "nan", asked)
        infinite = self._node("IsInf", "infinite", asked)
        value = asked
        if rules.inf == "missing" and rules.overflow != "clip":
            missing = self._node("Or", "missing", missing, infinite)
        else:
            source = self._node("IsInf", "source_infinite", "raw")
            finite = self._node("Not", "source_finite", source)
            over = self._node("And", "over", infinite, finite)
            if rules.overflow == "clip":
                most = float(np.finfo(rules.dtype).max)
                ends = [self._constant("least", -most), self._constant("most", most)]
                clipped = self._node("Clip", "clipped", value, *ends)
                value = self._node("Where", "in_range", over, clipped, value)
            else:
                missing = self._node("Or", "missing_or_over", missing, over)
            if rules.inf == "missing":
                missing = self._node("Or", "missing", missing, source)
        fills = [rules.fill[name] for name in rules.feature_names]
        row = [np.nan if fill is None else fill for fill in fills]
        name = "filled" if rules.dtype == "float16" else "X"
        self._node("Where", name, missing, self._constant("fill", [row]), value)
        if rules.dtype == "float16":
            self._cast(name, "X", "float16")
        return self._nodes, self._constants

    def _node(self, operator: str, output: str, *inputs: str) -> str:
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), [output]))
        return output

    def _cast(self, value: str, output: str, dtype: str) -> str:
        to = self._kind[dtype]
        self._nodes.append(self._onnx.helper.make_node("Cast", [value], [output], to=to))
        return output

    def _constant(self, name: str, values: Any) -> str:
        dtype = self._rules.dtype
        # As a load rounds it, once; halves then stand in float32.
        with np.errstate(over="ignore"):
            array = np.array(values, np.float64).astype(dtype)
        wide = array.astype(np.float32) if dtype == "float16" else array
        self._constants.append(self._onnx.numpy_helper.from_array(wide, name))
        return name
