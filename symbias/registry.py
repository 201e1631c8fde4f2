"""Names that are resolved late: the public API, questions answered by a higher layer, the registered results.

This is the only module of the package with a dynamic import. It keeps the layers honest (a lower layer never
imports a higher one) and ``import symbias`` light (nothing heavy is loaded until a name is used).
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

_IMPORTING = threading.RLock()

PUBLIC: dict[str, str] = {
    # derivations and formulas
    "Derivation": "sym.derivation:Derivation",
    "Formula": "sym.formula:Formula",
    "Evidence": "sym.evidence:Evidence",
    "Enclosure": "sym.enclosure:Enclosure",
    "roots": "sym.roots:roots",
    "unique_root": "sym.roots:unique_root",
    "unique_solution": "sym.roots:unique_solution",
    "prove": "sym.proving:prove",
    "prove_monotone": "sym.proving:prove_monotone",
    # compiled code
    "compile": "codegen.kernel:compile_expression",
    "Kernel": "codegen.kernel:Kernel",
    # models and simulations
    "Parametrization": "models.parametrization:Parametrization",
    "parametrizations": "models.parametrizations",
    "Activation": "models.activation:Activation",
    "activations": "models.activations",
    "PopulationLoss": "models.population_loss:PopulationLoss",
    "ScalarNetwork": "models.scalar_network:ScalarNetwork",
    "UpdateRule": "models.update_rule:UpdateRule",
    "ShallowReLU": "models.shallow_relu:ShallowReLU",
    "simulate": "simulate",
    "Run": "simulate:Run",
    "sweep": "simulate.sweeping:sweep",
    # claims and verdicts
    "claim": "verdicts.claim:claim",
    "Claim": "verdicts.claim:Claim",
    "Verdict": "verdicts.verdict:Verdict",
    "statements": "verdicts.statements:statements",
    "figure": "present.figure:figure",
    "at_scale": "runner.scale:at_scale",
    "verify": "runner.verify:verify",
    "Report": "runner.report:Report",
    # the package about itself
    "cite": "citations:cite",
    "catalogue": "_catalogue:catalogue",
    "about": "_about:about",
    # rooms
    "landscape": "landscape",
    "symmetry": "symmetry",
    "regularizers": "regularizers",
    "stability": "stability",
    # errors
    "SymbiasError": "errors:SymbiasError",
    "InputError": "errors:InputError",
    "DomainError": "errors:DomainError",
    "DerivationError": "errors:DerivationError",
    "NoRegularizer": "errors:NoRegularizer",
    "BudgetError": "errors:BudgetError",
    "CodegenError": "errors:CodegenError",
    "CacheError": "errors:CacheError",
    "ConvergenceError": "errors:ConvergenceError",
    "VerificationError": "errors:VerificationError",
    "ScriptError": "errors:ScriptError",
    "MissingDependencyError": "errors:MissingDependencyError",
}
"""Public name -> ``module:attribute`` (or a module) inside the package."""

QUESTIONS: frozenset[str] = frozenset(
    {
        "codegen.ball_twin:ball_program",
        "codegen.ball_twin:enclosure",
        "codegen.directory:cache_directory",
        "codegen.enclose:enclose_formula",
        "codegen.kernel:compile_formula",
        "landscape.activation_claims:verify_activation",
        "landscape.population_claims:verify_loss",
        "simulate.population:descend",
        "solvers.interval_newton:isolate",
        "solvers.interval_newton:narrowed",
        "solvers.krawczyk:solve",
        "landscape.families:critical_families",
        "landscape.families:family",
        "regularizers.engine:regularizer",
        "regularizers.laws:conservation_laws",
        "stability.gfs_sharpness_result:gfs_sharpness",
        "simulate.shallow_relu:initial",
        "simulate.shallow_relu:train",
        "stability.function_norm:mean_gradient_bound",
        "stability.function_norm:sharpness_bound",
        "stability.function_norm:stability_norm",
        "stability.function_norm:laplacian",
        "stability.kinks:sharpness_range",
        "stability.rescaling:balanced",
        "stability.rescaling:least_sharpness",
        "stability.shallow_claims:verify",
        "stability.tangent:hessian",
        "stability.tangent:sharpness",
        "stability.mean_square:mean_square_threshold",
        "stability.scalar_solution:gfs_sharpness",
        "stability.scalar_solution:gradient_flow_solution",
        "stability.scalar_solution:monotone_step",
        "stability.scalar_solution:train",
        "stability.threshold:threshold",
        "present.latex:derivation_latex",
        "present.latex:formula_latex",
        "present.document:write_tex",
        "present.formula_html:derivation_html",
        "present.formula_html:formula_html",
        "present.formula_html:result_html",
        "present.shallow_relu:draw_laplacian",
        "present.shallow_relu:draw_weight",
        "present.html:html_table",
        "present.html:pairs_table",
        "runner.verify:verify",
        "citations:require_key",
        "citations:require_keys",
    }
)
"""What a lower layer may ask a higher one."""


class ResultEntry(NamedTuple):
    """A registered result: where it lives and what it states.

    Examples
    --------
    >>> RESULTS[0].room
    'landscape'
    """

    name: str
    room: str
    title: str
    cites: tuple[str, ...]
    target: str


RESULTS: tuple[ResultEntry, ...] = (
    ResultEntry(
        "relu_angle_kernel",
        "landscape",
        "E[relu(u.x) relu(v.x)] of unit vectors at a given angle, x standard Gaussian",
        ("cho2009",),
        "landscape.angle_kernel:relu_angle_kernel",
    ),
    ResultEntry(
        "relu_dual",
        "landscape",
        "E[relu(w.x) relu(v.x)] as a function of |w|**2, |v|**2 and w.v, x standard Gaussian",
        ("cho2009",),
        "landscape.activation_claims:relu_dual",
    ),
    ResultEntry(
        "heavy_ball_threshold",
        "stability",
        "Largest stable step * curvature of gradient descent with heavy-ball momentum",
        ("polyak1964",),
        "stability.registered:heavy_ball_threshold",
    ),
    ResultEntry(
        "nesterov_threshold",
        "stability",
        "Largest stable step * curvature of gradient descent with Nesterov's momentum",
        ("cohen2021",),
        "stability.registered:nesterov_threshold",
    ),
    ResultEntry(
        "delayed_threshold",
        "stability",
        "Largest stable step * curvature of gradient descent with gradients tau steps late",
        ("giladi2020",),
        "stability.registered:delayed_threshold",
    ),
    ResultEntry(
        "sgd_mean_square_threshold",
        "stability",
        "Largest step of mini-batch SGD with one parameter at which the second moment stays bounded",
        ("mulayoff2024",),
        "stability.sgd_mean_square_threshold:sgd_mean_square_threshold",
    ),
    ResultEntry(
        "gfs_sharpness",
        "stability",
        "Sharpness at the end of gradient flow of a product of two weights fitted to one",
        ("kreisler2023",),
        "stability.gfs_sharpness_result:gfs_sharpness",
    ),
    ResultEntry(
        "monotone_step",
        "stability",
        "Largest step of gradient descent on a product of two weights that keeps this sharpness from rising",
        ("kreisler2023",),
        "stability.monotone_step:monotone_step",
    ),
    ResultEntry(
        "squared_regression",
        "stability",
        "Tangent kernel at the end of gradient flow on w = u**2 - v**2, in the dual variable",
        ("kreisler2023",),
        "stability.squared_regression:squared_regression",
    ),
    ResultEntry(
        "gaussian_weight_function",
        "stability",
        "What a kink of a shallow ReLU network costs in sharpness, inputs standard Gaussian",
        ("mulayoff2021", "nacson2023"),
        "stability.registered_weights:gaussian_weight_function",
    ),
    ResultEntry(
        "circle_weight_function",
        "stability",
        "What a kink of a shallow ReLU network costs in sharpness, inputs uniform on the unit circle",
        ("mulayoff2021", "nacson2023"),
        "stability.registered_weights:circle_weight_function",
    ),
    ResultEntry(
        "stability_norm_bound",
        "stability",
        "Largest stability norm of a shallow ReLU network that gradient descent with a step can stay at",
        ("mulayoff2021", "nacson2023", "liang2025"),
        "stability.stable_minima:stability_norm_bound",
    ),
    ResultEntry(
        "diagonal_mirror_map",
        "regularizers",
        "Gradient of what gradient flow minimises on w = u**2 - v**2 started at u = v = alpha",
        ("woodworth2020", "li2022"),
        "regularizers.diagonal:diagonal_mirror_map",
    ),
    ResultEntry(
        "two_powers_minimum",
        "regularizers",
        "Least of |a|**p / p + |v|**q / q over the rescalings a c, v / c of a network's weights",
        ("wang2021",),
        "regularizers.two_powers:two_powers_minimum",
    ),
)
"""Every registered result of every room; ``target`` is a function without arguments."""


def resolve(target: str) -> Any:
    """Return the object that ``module:attribute`` (or ``module``) names inside the package.

    Parameters
    ----------
    target : str
        For example ``"errors:SymbiasError"``.

    Returns
    -------
    object
        The attribute, or the module when no attribute is named.

    Examples
    --------
    >>> resolve("errors:SymbiasError").__name__
    'SymbiasError'
    """
    module, _, attribute = target.partition(":")
    # One thread at a time: of two that import a package and a module in it, each would wait for the other's lock, and
    # Python's way out of that is to hand one of them a module that is half made.
    with _IMPORTING:
        found = import_module(f"symbias.{module}")
    return getattr(found, attribute) if attribute else found


def preload(names: Iterable[str]) -> None:
    """Import modules before they are needed, except those of packages that are not installed.

    Parameters
    ----------
    names : iterable of str
        Modules, of this package or another.

    Examples
    --------
    >>> preload(["json", "no_such_package"])
    """
    for name in names:
        with contextlib.suppress(ModuleNotFoundError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module(name)


def ask(question: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of a higher layer by its entry in `QUESTIONS`.

    Parameters
    ----------
    question : str
        ``module:function``; it must be listed in `QUESTIONS`.
    *args, **kwargs
        Passed on.

    Returns
    -------
    object
        Whatever the function returns.

    Raises
    ------
    KeyError
        If the question is not listed.

    Examples
    --------
    >>> ask("errors:SymbiasError")
    Traceback (most recent call last):
        ...
    KeyError: 'errors:SymbiasError is not in registry.QUESTIONS'
    """
    if question not in QUESTIONS:
        msg = f"{question} is not in registry.QUESTIONS"
        raise KeyError(msg)
    return resolve(question)(*args, **kwargs)
