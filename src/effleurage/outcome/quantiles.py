"""Quantiles of the normal and of Student's distribution: exact to ten digits, from nothing but the standard library.

Student's tail is the regularised incomplete beta function, here by its continued fraction (Lentz's method, as in Press
et al., Numerical Recipes, 6.4). Degrees of freedom need not be whole: Satterthwaite's are not.
"""

from __future__ import annotations

from math import exp, inf, isinf, lgamma, log, log1p, pi
from statistics import NormalDist
from typing import Final

_NORMAL: Final = NormalDist()
_SMALL: Final = 1e-300


def normal_quantile(p: float) -> float:
    """
    >>> round(normal_quantile(0.975), 4), round(normal_quantile(0.999), 4)
    (1.96, 3.0902)
    """
    return _NORMAL.inv_cdf(p)


def t_quantile(p: float, freedom: float) -> float:
    """The value below which a share `p` of Student's distribution lies. Raises ValueError off 0 < p < 1.

    >>> [round(t_quantile(0.975, freedom), 4) for freedom in (1, 7, 30)]
    [12.7062, 2.3646, 2.0423]
    """
    if not 0 < p < 1 or freedom <= 0:
        raise ValueError(f"no quantile of {p} with {freedom} degrees of freedom")
    if p == 0.5:
        return 0.0
    if p < 0.5:
        return -t_quantile(1 - p, freedom)
    found = normal_quantile(p)
    if isinf(freedom):
        return found
    # The normal quantile lies below Student's, and above 0 the distribution is concave: Newton's steps never overshoot.
    for _ in range(200):
        step = (t_tail(found, freedom) - (1 - p)) / _density(found, freedom)
        found += step
        if abs(step) <= 1e-12 * found:
            break
    return found


def t_tail(value: float, freedom: float) -> float:
    """The share of Student's distribution above `value`, which is 0 or more.

    >>> round(t_tail(12.7062, 1), 6)
    0.025
    """
    return 0.5 * _beta(freedom / 2, 0.5, freedom / (freedom + value * value))


def _density(value: float, freedom: float) -> float:
    scale = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - 0.5 * log(freedom * pi)
    return exp(scale - (freedom + 1) / 2 * log1p(value * value / freedom))


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function."""
    up, down = 1.0, 1 / (_kept(1 - (a + b) * x / (a + 1)))
    found = down
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = found
        for part in (even, odd):
            down, up = 1 / _kept(1 + part * down), _kept(1 + part / up)
            found *= down * up
        if abs(found - before) <= 1e-15 * abs(found):
            break
    return found


def _kept(value: float) -> float:
    return value if abs(value) > _SMALL else _SMALL


def interval(centre: float, error: float, freedom: float = inf, share: float = 0.95) -> tuple[float, float]:
    """From where to where `share` of the distribution lies around `centre` with standard error `error`.

    >>> [round(end, 3) for end in interval(10, 1, 7)]
    [7.635, 12.365]
    """
    half = t_quantile((1 + share) / 2, freedom) * error
    return centre - half, centre + half
