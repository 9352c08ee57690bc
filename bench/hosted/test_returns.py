"""Dreams of hosted numeric environments pay what the real ones pay."""

import returns


def test_returns() -> None:
    """CartPole's returns are within a fifth of the real ones, as far as so few episodes can tell."""
    compared = [c for _, c in returns.compare_all(["CartPole-v1"], 20)]
    assert [c.policy for c in compared] == ["random", "lean", "balance"]
    for c in compared:
        assert abs(c.off) <= max(0.2, 2 * c.error), c.row()
        assert c.unsure <= 0.1, c.row()


def test_distance() -> None:
    """Total variation is half of what the shares differ by."""
    assert returns.distance([0, 1], [0, 1, 0, 1]) == 0
    assert returns.distance([0, 0, 0, 1], [1, 1, 1, 1]) == 0.75
