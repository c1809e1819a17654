"""Batches of spikes: how they are made, sorted, filled up and refused."""

import numpy as np
import pytest
import spikefront

Spikes = spikefront.Spikes


def laid_out(spikes):
    return spikes.times.tolist(), spikes.units.tolist(), spikes.offsets.tolist(), spikes.order.tolist()


def test_flat_arrays_are_one_sample_or_those_of_the_offsets():
    assert laid_out(Spikes([1.0, 2.5], [3, 0])) == ([1.0, 2.5], [3, 0], [0, 2], [0, 1])
    assert laid_out(Spikes([1, 2, 0], [3, 0, 1], [0, 2, 2, 3])) == ([1, 2, 0], [3, 0, 1], [0, 2, 2, 3], [0, 1, 2])
    assert laid_out(Spikes([], [], [0])) == ([], [], [0], [])
    assert len(Spikes([], [])) == 1


def test_a_sample_is_sorted_by_time_then_unit_and_order_says_how():
    times, units = np.array([5.0, 1.0, 3.0, 3.0, 2.0, 0.5]), np.array([0, 4, 9, 2, 1, 7])
    spikes = Spikes(times, units, [0, 4, 6])
    assert laid_out(spikes) == ([1.0, 3.0, 3.0, 5.0, 0.5, 2.0], [4, 2, 9, 0, 7, 1], [0, 4, 6], [1, 3, 2, 0, 5, 4])
    assert np.array_equal(times[spikes.order], spikes.times) and np.array_equal(units[spikes.order], spikes.units)


def test_spikes_in_order_of_time_stay_where_they_are():
    assert Spikes([1.0, 1.0], [5, 2]).units.tolist() == [5, 2]


def test_samples_may_be_any_iterable():
    pairs = [(np.array([2.0, 0.5]), [0, 3]), ([], []), ([1.0], np.array([1], dtype=np.uint8))]
    expected = ([0.5, 2.0, 1.0], [3, 0, 1], [0, 2, 2, 3], [1, 0, 2])
    assert laid_out(Spikes.from_samples(pairs)) == expected
    assert laid_out(Spikes.from_samples(iter(pairs))) == expected
    assert len(Spikes.from_samples([])) == 0


def test_channels_are_merged():
    spikes = Spikes.from_channels([[[1.0, 4.0], [], [2.0]], [[], [3.0], []]])
    assert laid_out(spikes) == ([1.0, 2.0, 4.0, 3.0], [0, 2, 0, 1], [0, 3, 4], [0, 2, 1, 3])


def test_a_table_of_first_spikes_leaves_out_infinity():
    table = np.array([[3.0, np.inf, 1.0], [np.inf, np.inf, np.inf], [0.0, 2.0, np.inf]])
    spikes = Spikes.from_first_spikes(table)
    assert laid_out(spikes)[:3] == ([1.0, 3.0, 0.0, 2.0], [2, 0, 0, 1], [0, 2, 2, 4])
    assert np.array_equal(table.ravel()[spikes.order], spikes.times)
    # The memory of a transposed array lies otherwise.
    transposed = Spikes.from_first_spikes(np.asfortranarray(table))
    assert np.array_equal(table.ravel()[transposed.order], transposed.times)


@pytest.mark.parametrize("k", [None, 3, 7])
def test_padded_tables_and_back(k):
    spikes = Spikes([1.0, 2.0, 5.0, 0.25], [3, 0, 3, 1], [0, 3, 3, 4])
    times, units = spikes.padded(k)
    assert times.shape == units.shape == (3, k or 3)
    assert np.array_equal(np.isinf(times), units == -1)
    back = Spikes.from_padded(times, units)
    assert laid_out(back)[:3] == laid_out(spikes)[:3]
    assert np.array_equal(times.ravel()[back.order], back.times)


def test_padded_tables_may_have_gaps_and_any_order():
    spikes = Spikes.from_padded([[9.0, np.inf, 1.0]], [[0, -1, 2]])
    assert laid_out(spikes) == ([1.0, 9.0], [2, 0], [0, 2], [2, 0])


def test_too_few_places_cut_nothing_off():
    with pytest.raises(ValueError, match="2 spikes"):
        Spikes([1.0, 2.0], [0, 0]).padded(1)


def test_samples_are_named_as_in_numpy():
    spikes = Spikes([1.0, 2.0, 3.0], [4, 5, 6], [0, 1, 1, 3])
    assert [array.tolist() for array in spikes.sample(-1)] == [[2.0, 3.0], [5, 6]]
    chosen = spikes.select([2, 0, 0, -2])
    assert laid_out(chosen)[:3] == ([2.0, 3.0, 1.0, 1.0], [5, 6, 4, 4], [0, 2, 3, 4, 4])
    for wrong in (3, -4):
        with pytest.raises(IndexError, match=f"sample {wrong} of 3"):
            spikes.sample(wrong)
        with pytest.raises(IndexError):
            spikes.select([wrong])


@pytest.mark.parametrize("time", [np.nan, np.inf, -np.inf, -1e-9])
def test_a_time_that_is_none_is_refused(time):
    for make in (
        lambda: Spikes([1.0, time], [0, 1]),
        lambda: Spikes.from_samples([([1.0, time], [0, 1])]),
        lambda: Spikes.from_channels([[[1.0], [time]]]),
        lambda: Spikes.from_padded([[1.0, time]], [[0, 1]]),
    ):
        with pytest.raises(ValueError, match=r"times\[1\], of sample 0, is .*finite time in ms, zero or later"):
            make()


@pytest.mark.parametrize(
    "units, words",
    [
        ([0], "give 2, one for each time"),
        ([0, -1], r"units\[1\] is -1"),
        ([0, 2**32], "below 2"),
        ([0.0, 1.0], "whole numbers"),
        (["a", "b"], "whole numbers"),
        ([[0, 1]], "one dimension"),
        (None, "whole numbers"),
    ],
)
def test_units_that_cannot_be_are_refused(units, words):
    with pytest.raises(ValueError, match=words):
        Spikes([1.0, 2.0], units)


@pytest.mark.parametrize("offsets", [[], [0], [0, 1], [1, 2], [0, 2, 1, 2], [0, 3], [0.0, 2.0], [0, -1, 2]])
def test_offsets_that_do_not_divide_the_spikes_are_refused(offsets):
    with pytest.raises(ValueError, match="offsets"):
        Spikes([1.0, 2.0], [0, 0], offsets)


@pytest.mark.parametrize(
    "times, units, words",
    [
        (np.ones((1, 2)), np.ones((2, 1), dtype=int), "shape"),
        (np.ones(2), np.ones(2, dtype=int), "two dimensions"),
        (np.ones((1, 1)), [[-2]], "-1 for no spike"),
    ],
)
def test_padded_tables_that_do_not_fit_are_refused(times, units, words):
    with pytest.raises(ValueError, match=words):
        Spikes.from_padded(times, units)


def test_inputs_must_fit_the_network_and_the_run(network, parameters):
    for spikes, words in (
        (Spikes([1.0], [3]), "3 input channels"),
        (Spikes([30.5], [0]), "within the run"),
        (Spikes([], [], [0]), "at least one sample"),
    ):
        with pytest.raises(ValueError, match=words):
            network.simulate(parameters, spikes, 30.0, engine="cpu")
