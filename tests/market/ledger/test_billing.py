"""What a period costs: what was billed up to the last register seen is what that register says, whatever was missing."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from market.forward.terms import MemberState
from market.ledger.billing import Accounted, account, amount_of
from market.ledger.port import Four
from market.terms import Party

BLOCKS = 2
MEMBER = MemberState(member=Party("0x" + "a" * 40), deposit=0, last=63, volumes_hash=bytes(32))


def four(by_day: int, otherwise: int) -> Four:
    return by_day, otherwise, 0, 0


def state(accounted: Accounted) -> MemberState:
    return MemberState(
        member=MEMBER.member,
        deposit=0,
        last=63,
        volumes_hash=bytes(32),
        based=accounted.based,
        accounted=accounted.accounted,
    )


def test_each_case() -> None:
    based = state(Accounted(True, four(0, 0), True, four(1000, 700)))
    # Posted, one seen before: the difference, whatever is contracted.
    assert account(based, None, four(1090, 690), None, BLOCKS) == Accounted(
        True, four(90, -10), True, four(1090, 690)
    )
    # Posted, none seen before: contracted.
    assert account(MEMBER, None, four(1090, 690), (5, 6), BLOCKS) == Accounted(
        False, four(5, 6), True, four(1090, 690)
    )
    # Missing, one seen before: contracted, and counted as read.
    assert account(based, None, None, (5, 6), BLOCKS) == Accounted(False, four(5, 6), True, four(1005, 706))
    # Missing, none seen before.
    assert account(MEMBER, None, None, (5, 6), BLOCKS) == Accounted(False, four(5, 6), False, four(0, 0))
    # A base at the first boundary, with the end and without.
    assert account(MEMBER, four(7, 7), four(9, 7), None, BLOCKS) == Accounted(
        True, four(2, 0), True, four(9, 7)
    )
    assert account(MEMBER, four(7, 7), None, (5, 6), BLOCKS) == Accounted(
        False, four(5, 6), True, four(12, 13)
    )
    # The contracted volumes are needed and not there.
    assert account(MEMBER, None, four(9, 7), None, BLOCKS) is None
    assert account(based, None, None, None, BLOCKS) is None


def test_nothing_is_billed_of_a_register_without_a_block() -> None:
    based = state(Accounted(True, four(0, 0), True, (1, 2, 3, 4)))
    accounted = account(based, None, (2, 4, 6, 8), None, BLOCKS)
    assert accounted == Accounted(True, four(1, 2), True, (2, 4, 6, 8))


def test_amounts() -> None:
    assert amount_of((5, 3), four(90, 45)) == 585
    assert amount_of((5, 3), four(-80, 10)) == -370
    assert amount_of((2**40 - 1,), (-(2**62), 0, 0, 0)) == -(2**40 - 1) * 2**62


periods = st.lists(
    st.tuples(
        st.integers(-500, 500),  # what the meter counts in a period, by day
        st.integers(-500, 500),  # and otherwise
        st.booleans(),  # whether its register is posted at the end
        st.integers(-500, 500),  # contracted
        st.integers(-500, 500),
    ),
    min_size=1,
    max_size=12,
)


@given(periods, st.integers(-1000, 1000), st.booleans())
def test_volumes_up_to_the_last_register_are_what_was_read(
    data: list[tuple[int, int, bool, int, int]], start: int, base_posted: bool
) -> None:
    """With a base b and the last register seen r at the end of period k: Σ billed up to k = r − b, block by block."""
    read = [
        four(start + day, otherwise)
        for day, otherwise in zip(
            accumulate((each[0] for each in data), initial=0),
            accumulate((each[1] for each in data), initial=0),
            strict=True,
        )
    ]
    member, billed = MEMBER, []
    # Where the first register is seen: at the first boundary or at the end of some period.
    first = 0 if base_posted else None
    for period, (_, _, posted, *contracted) in enumerate(data):
        base = read[0] if period == 0 and base_posted else None
        end = read[period + 1] if posted else None
        accounted = account(member, base, end, contracted, BLOCKS)
        assert accounted is not None
        billed.append(accounted.volumes)
        member = state(accounted)
        if posted and first is None:
            first = period + 1
        if posted and first is not None:
            since = billed[first : period + 1]
            for block in range(BLOCKS):
                total = sum(volumes[block] for volumes in since)
                assert total == read[period + 1][block] - read[first][block]
        if not accounted.metered:
            assert accounted.volumes == four(*contracted)
    assert member.based is (first is not None)
