"""A PyTorch user hands over a Hessian-vector product and learns which step their optimiser can take."""

import numpy as np
import pytest
import sympy as sp

import symbias as sb

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

FLAGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "dampening": 0.9},
    {"momentum": 0.5, "weight_decay": 0.05},
]


def network():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)
    ).double()
    inputs = torch.randn(6, 5, dtype=torch.float64)
    targets = torch.randn(6, 1, dtype=torch.float64)
    return model, lambda: 0.5 * ((model(inputs) - targets) ** 2).mean()


def to_the_minimum(model, loss):
    optimiser = torch.optim.LBFGS(
        model.parameters(),
        max_iter=2000,
        max_eval=4000,
        tolerance_grad=1e-14,
        tolerance_change=0,
        history_size=50,
        line_search_fn="strong_wolfe",
    )
    optimiser.step(lambda: (optimiser.zero_grad(), value := loss(), value.backward())[1])
    assert loss().item() < 1e-20


def hessian_product(model, loss):
    parameters = list(model.parameters())

    def product(vector):
        pieces, start = [], 0
        for p in parameters:
            pieces.append(torch.as_tensor(vector[start : start + p.numel()]).view_as(p))
            start += p.numel()
        gradients = torch.autograd.grad(loss(), parameters, create_graph=True)
        slope = sum((g * v).sum() for g, v in zip(gradients, pieces, strict=True))
        found = torch.autograd.grad(slope, parameters)
        return torch.cat([h.reshape(-1) for h in found]).numpy()

    return product, sum(p.numel() for p in parameters)


def hessian(product, size):
    return np.column_stack([product(column) for column in np.eye(size)])


def test_the_sharpness_is_the_largest_eigenvalue_of_the_full_hessian():
    model, loss = network()
    product, size = hessian_product(model, loss)
    largest = np.linalg.eigvalsh(hessian(product, size))[-1]
    assert sb.stability.sharpness(product, size=size, rng=0) == pytest.approx(largest, rel=1e-8)


def furthest(flags, step, steps=3000):
    """Train from close to a minimum; return the largest distance from it, over that at the start."""
    model, loss = network()
    to_the_minimum(model, loss)
    minimum = torch.nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1e-5 * torch.randn_like(p))
    optimiser = torch.optim.SGD(model.parameters(), lr=step, **flags)
    distances = []
    for _ in range(steps):
        now = torch.nn.utils.parameters_to_vector(model.parameters()).detach()
        distances.append((now - minimum).norm().item())
        if not distances[-1] < 1e3 * distances[0]:
            break
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    return max(distances) / distances[0]


@pytest.mark.slow
@pytest.mark.parametrize("flags", FLAGS[:4], ids=str)
def test_the_predicted_step_is_the_largest_at_which_training_stays(flags):
    model, loss = network()
    to_the_minimum(model, loss)
    product, size = hessian_product(model, loss)
    rule = sb.UpdateRule.from_torch(**flags)
    step = float(rule.threshold().value()) / sb.stability.sharpness(product, size=size, rng=0)
    # Momentum makes the iteration non-normal: it may swing out before it decays.
    assert furthest(flags, 0.95 * step) < 20
    assert furthest(flags, 1.05 * step) > 100


@pytest.mark.parametrize("flags", FLAGS, ids=str)
def test_a_quadratic_grows_at_the_threshold_of_the_flags_and_decays_below_it(flags):
    # One parameter of curvature one, so that the step is x itself.
    rule = sb.UpdateRule.from_torch(**flags).threshold()

    def last(step, steps=1500):
        theta = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
        optimiser = torch.optim.SGD([theta], lr=step, **flags)
        for _ in range(steps):
            optimiser.zero_grad()
            (0.5 * theta**2).sum().backward()
            optimiser.step()
        return abs(theta.item())

    # With decay the threshold depends on the step: x = x*(step) at the edge.
    step = sp.Symbol("step", positive=True)
    (edge,) = map(float, sp.solve(sp.Eq(rule.closed_form, step), step))
    assert last(0.98 * edge) < 1e-3
    assert last(1.02 * edge) > 1e3
