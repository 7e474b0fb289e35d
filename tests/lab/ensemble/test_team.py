"""Models as one module, their weights averaged, members chosen: against what must come out."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from irodori.lab.ensemble import (
    Team,
    answers,
    average_weights,
    choose,
    combine,
    error_rate,
    log_loss,
    reestimate,
    targets,
)
from irodori.lab.errors import LabError


def small(seed: int, *, norm: bool = False) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8) if norm else nn.Identity(), nn.ReLU(), nn.Linear(8, 3)
    )


def loader(count: int = 3) -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(9)
    return [(torch.randn(7, 5) * 3 + 1, torch.randint(0, 3, (7,))) for _ in range(count)]


class TestTeam:
    def test_it_averages_what_its_members_answer(self) -> None:
        models, (given, _) = [small(seed) for seed in range(3)], loader()[0]
        expected = (0.5 * models[0](given).softmax(1) + 0.25 * models[1](given).softmax(1)) + (
            0.25 * models[2](given).softmax(1)
        )
        assert torch.allclose(Team(models, weights=[2, 1, 1])(given), expected, atol=1e-6)

    def test_one_member_equals_itself(self) -> None:
        model, (given, _) = small(0), loader()[0]
        assert torch.allclose(Team([model])(given), model(given).softmax(1))
        assert torch.equal(Team([model], probabilities=nn.Identity())(given), model(given))

    def test_a_temperature_softens(self) -> None:
        model, (given, _) = small(0), loader()[0]
        soft = Team([model], temperatures=[4.0])(given)
        assert torch.allclose(soft, (model(given) / 4).softmax(1))

    def test_it_is_saved_and_loaded_as_any_module(self) -> None:
        team, other = Team([small(0), small(1)]), Team([small(2), small(3)])
        other.load_state_dict(team.state_dict())
        given = loader()[0][0]
        assert torch.equal(team(given), other(given))

    def test_what_it_cannot_be_made_of(self) -> None:
        with pytest.raises(LabError, match="at least one member"):
            Team([])
        with pytest.raises(LabError, match="2 members have 1 temperatures"):
            Team([small(0), small(1)], temperatures=[1.0])


class TestAnswers:
    def test_of_all_batches_in_evaluation_mode(self) -> None:
        model = small(0, norm=True)
        model[0].eval()
        found = answers(model, loader())
        assert found.shape == (21, 3)
        assert [each.training for each in model] == [False, True, True, True]
        assert torch.equal(targets(loader()), torch.cat([right for _, right in loader()]))

    def test_of_nothing(self) -> None:
        with pytest.raises(LabError, match="holds no batch"):
            answers(small(0), [])
        with pytest.raises(LabError, match="no class numbers"):
            targets([(torch.zeros(2, 5),)])


class TestAveraging:
    def test_equal_checkpoints_stay_as_they_are(self) -> None:
        state = small(0, norm=True).state_dict()
        averaged = average_weights([state, state, state])
        assert all(torch.equal(averaged[name], state[name]) for name in state)

    @given(st.permutations(range(4)))
    def test_the_order_does_not_matter(self, order: list[int]) -> None:
        states = [small(seed).state_dict() for seed in range(4)]
        weights = [1.0, 2.0, 3.0, 4.0]
        there = average_weights(states, weights)
        again = average_weights([states[i] for i in order], [weights[i] for i in order])
        assert all(torch.allclose(there[name], again[name], atol=1e-7) for name in there)

    def test_of_a_linear_model_it_is_the_mean_answer(self) -> None:
        first, second = nn.Linear(5, 3), nn.Linear(5, 3)
        both = nn.Linear(5, 3)
        both.load_state_dict(average_weights([first.state_dict(), second.state_dict()]))
        given = loader()[0][0]
        assert torch.allclose(both(given), (first(given) + second(given)) / 2, atol=1e-6)

    def test_another_models_weights(self) -> None:
        with pytest.raises(LabError, match=r"member 2 are another model's \(1.bias"):
            average_weights([small(0).state_dict(), small(0, norm=True).state_dict()])

    def test_statistics_are_taken_anew(self) -> None:
        model = small(0, norm=True)
        norm = model[1]
        before = copy.deepcopy(model.state_dict())
        reestimate(model, loader())
        seen = torch.stack([model[0](given).detach() for given, _ in loader()])
        assert torch.allclose(norm.running_mean, seen.mean((0, 1)), atol=1e-5)
        assert torch.allclose(norm.running_var, seen.var(1).mean(0), atol=1e-4)
        assert torch.equal(model[0].weight, before["0.weight"])
        assert model.training

    def test_with_batches_of_its_own_kind(self) -> None:
        model = small(0, norm=True)
        reestimate(
            model,
            [{"x": given} for given, _ in loader()],
            call=lambda model, batch: model(batch["x"]),
        )
        other = small(0, norm=True)
        reestimate(other, loader())
        assert torch.equal(model[1].running_mean, other[1].running_mean)


class TestChoosing:
    @given(st.integers(0, 1000), st.integers(1, 6))
    def test_it_is_no_worse_than_the_best(self, seed: int, members: int) -> None:
        torch.manual_seed(seed)
        right = torch.randint(0, 4, (40,))
        found = (2 * torch.randn(members, 40, 4)).softmax(2)
        loss = log_loss(right)

        def error(weights: Sequence[float]) -> float:
            return loss(combine(found, weights=weights))

        weights = choose(members, error)
        assert sum(weights) == pytest.approx(1)
        assert error(weights) <= min(loss(each) for each in found) + 1e-6

    def test_who_only_harms_is_left_out(self) -> None:
        right = torch.tensor([0, 1, 2, 0])
        good = torch.full((4, 3), 0.05).scatter_(1, right[:, None], 0.9)
        found = torch.stack([good, good.roll(1, 1)])
        weights = choose(2, lambda each: log_loss(right)(combine(found, weights=each)))
        assert weights == [1.0, 0.0]

    def test_errors_that_are_no_numbers(self) -> None:
        weights = choose(2, lambda each: float("nan") if each[0] else 1.0)
        assert weights == [0.0, 1.0]
        with pytest.raises(LabError, match="no number"):
            choose(2, lambda each: float("nan"))


def test_measures_of_a_team() -> None:
    right = torch.tensor([0, 1])
    found = torch.tensor([[0.5, 0.5, 0.0], [0.8, 0.2, 0.0]])
    assert error_rate(right)(found) == 0.5
    assert log_loss(right)(found) == pytest.approx((0.6931472 + 1.6094379) / 2)
