"""The changes that `make mutants` does not try, because they can only be harmless, or die in every test.

Each survivor costs a reader's time and each change costs a test run, so a change has to be a mistake that someone
could make. Two lists say what is left: ``OPERATORS`` by the kind of change, and ``left_out`` by the place in the code.
"""

import ast
from collections.abc import Callable, Iterator

__all__ = ["OPERATORS", "left_out"]

OPERATORS = (
    # One wrong operator for each right one. The others fail with a `TypeError`, or repeat the same question.
    "core/ReplaceBinaryOperator_(?!(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul|BitOr_BitAnd|BitAnd_BitOr)$)",
    # Equality is negated, and widened to either side, as with tokens that may only grow. Bounds move by one, or turn.
    "core/ReplaceComparisonOperator_Eq_(?!(NotEq|LtE|GtE)$)",
    "core/ReplaceComparisonOperator_NotEq_(?!(Eq|Lt|Gt)$)",
    "core/ReplaceComparisonOperator_Lt_(?!(LtE|GtE)$)",
    "core/ReplaceComparisonOperator_LtE_(?!(Lt|Gt)$)",
    "core/ReplaceComparisonOperator_Gt_(?!(GtE|LtE)$)",
    "core/ReplaceComparisonOperator_GtE_(?!(Gt|Lt)$)",
    # Members of an enum and `None` have no order; one that is equal is the same.
    "core/ReplaceComparisonOperator_(Is|IsNot)_(?!(Is|IsNot)$)",
    # A sign is dropped by `Delete_USub`; `+x`, `~x` and `not x` in its place are not mistakes that someone makes.
    "core/ReplaceUnaryOperator_(?!Delete_)",
)
"""Patterns of the operators of cosmic-ray that are not used."""
CACHES = {"cache", "lru_cache", "cached_property"}
TEXT = (str, bytes, type(None))
MANY = 100
"""From here on, one more or less makes no difference that someone would notice: 1,001 entries for 1,000."""
Span = tuple[tuple[int, int], tuple[int, int]]


def left_out(source: str) -> Callable[[str, tuple[int, int]], bool]:
    """Return whether an operator at a place (line, column) of ``source`` is left out."""
    tree = ast.parse(source)
    pointless = [*map(_span, _pointless(tree)), *map(_with_sign, _decorators(tree))]
    comparisons = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    # Texts and `None` are equal or not: their order decides nothing. What is counted is never below 0.
    texts = [_span(node) for node in comparisons if any(map(_is_text, [node.left, *node.comparators]))]
    zeros = [_span(node) for node in comparisons if any(map(_is_zero, [node.left, *node.comparators]))]
    large = [_span(node) for node in ast.walk(tree) if isinstance(node, ast.Constant) and _is_large(node.value)]
    sums = [(_span(node), type(node.op).__name__) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]

    def answer(operator: str, place: tuple[int, int]) -> bool:
        kind, _, change = operator.removeprefix("core/").partition("_")
        if _within(place, pointless):
            return True
        match kind:
            case "NumberReplacer":
                return _within(place, large)
            case "ReplaceBinaryOperator":  # `*` and `**` of a call or a signature are not operators
                name = change.partition("_")[0]
                return not _within(place, [span for span, op in sums if op in (name, name.replace("Mul", "Mult"))])
            case "ReplaceComparisonOperator":
                orders = change.endswith(("_LtE", "_GtE", "_Lt", "_Gt"))
                negative = change in ("Eq_LtE", "NotEq_Gt")
                return (orders and _within(place, texts)) or (negative and _within(place, zeros))
            case _:
                return False

    return answer


def _pointless(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the types, in which every change is left out."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign():
                yield node.annotation
            case ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.Call(func=ast.Name("isinstance" | "cast")):
                yield from node.args[1:] if node.func.id == "isinstance" else node.args[:1]
            case ast.BinOp(op=ast.BitOr()) if _joins_types(node):
                yield node
            case ast.Match():
                yield from (case.pattern for case in node.cases)
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns


def _joins_types(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _joins_types(node.left) and _joins_types(node.right)
    return isinstance(node, ast.Name) and node.id[0].isupper() and not node.id.isupper()


def _decorators(tree: ast.AST) -> Iterator[ast.AST]:
    """Slots and caches save memory and time; `test_values.py` holds that values are frozen."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", []):
            name = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(name, ast.Name) and name.id in {"dataclass", *CACHES}:
                yield decorator


def _is_text(node: ast.expr) -> bool:
    """Say whether it is a text, ``None``, or a member of an enum of texts."""
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    return isinstance(node, ast.Constant) and isinstance(node.value, TEXT)


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _is_large(value: object) -> bool:
    return isinstance(value, int | float) and value >= MANY


def _span(node: ast.AST) -> Span:
    start = node.lineno, node.col_offset
    return start, (node.end_lineno, node.end_col_offset)


def _with_sign(decorator: ast.AST) -> Span:
    (line, column), end = _span(decorator)
    return (line, column - 1), end


def _within(place: tuple[int, int], spans: list[Span]) -> bool:
    return any(start <= place < end for start, end in spans)
