"""The little of linear algebra that the mixed model needs, for matrices with some dozens of rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

Vector = Sequence[float]
Matrix = Sequence[Vector]


def outer_sum(lines: Sequence[Vector], width: int) -> list[list[float]]:
    """The sum over `lines` of each with itself, a square of `width`.

    >>> outer_sum([[1, 2], [3, 0]], 2)
    [[10.0, 2.0], [2.0, 4.0]]
    """
    found = [[0.0] * width for _ in range(width)]
    for line in lines:
        filled = [at for at, value in enumerate(line) if value]
        for i in filled:
            for j in filled:
                found[i][j] += line[i] * line[j]
    return found


def lower(matrix: Matrix) -> list[list[float]] | None:
    """The lower triangle L with L L' = `matrix` (Cholesky), None unless it is positive definite.

    >>> lower([[4, 2], [2, 5]])
    [[2.0, 0.0], [1.0, 2.0]]
    """
    size = len(matrix)
    found = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            left = matrix[i][j] - sum(found[i][k] * found[j][k] for k in range(j))
            if i != j:
                found[i][j] = left / found[j][j]
            elif left <= 0:
                return None
            else:
                found[i][i] = left**0.5
    return found


def solved(triangle: Matrix, right: Vector) -> list[float]:
    """The x with L L' x = `right`, for the triangle L of `lower`."""
    size = len(right)
    half = [0.0] * size
    for i in range(size):
        half[i] = (right[i] - sum(triangle[i][k] * half[k] for k in range(i))) / triangle[i][i]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (half[i] - sum(triangle[k][i] * found[k] for k in range(i + 1, size))) / triangle[i][i]
    return found


def log_determinant(triangle: Matrix) -> float:
    """Of L L'."""
    return 2 * sum(log(triangle[at][at]) for at in range(len(triangle)))


def inverse(matrix: Matrix) -> list[list[float]] | None:
    """None unless `matrix` is positive definite."""
    triangle = lower(matrix)
    if triangle is None:
        return None
    size = range(len(matrix))
    return [solved(triangle, [float(i == j) for j in size]) for i in size]
