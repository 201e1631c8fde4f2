"""Machine code for this processor: made from LLVM IR, loaded, run without the GIL.

No pass of LLVM's optimiser runs: equal instructions are written once to begin with, and what is
left for the code generator took the same time with ``-O2`` in front of it as without.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from symbias.codegen.vector.clibrary import BY_LANES
from symbias.codegen.vector.ir import LANES
from symbias.codegen.vector.loop import ENTRY

FORMAT = 1
"""To be counted up when the signature of the function changes."""

Function = Callable[[int, int, int, int], None]


@cache
def _binding() -> Any:
    """Return llvmlite's binding, ready for this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _processor() -> tuple[str, str, str]:
    """Return the triple, the name and the features of this processor."""
    llvm = _binding()
    return (
        llvm.get_default_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
    )


@cache
def machine_key() -> str:
    """Return what machine code depends on besides its source, as a hash.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> len(machine_key())
    64
    """
    import llvmlite  # the binding alone does not know its version

    made_by = [f"format {FORMAT}", f"llvmlite {llvmlite.__version__}", *_processor()]
    return hashlib.sha256("\n".join(made_by).encode()).hexdigest()


def is_usable() -> bool:
    """Tell whether vector code is run here: the JIT is on, and the processor fuses multiply-adds.

    Returns
    -------
    bool
        Without fused operations in hardware every one would be a call.

    Examples
    --------
    >>> is_usable() in (True, False)
    True
    """
    return not jit_is_off() and _has_fma() and _has_library()


def jit_is_off() -> bool:
    """Tell whether Numba's JIT is switched off, without importing Numba for it.

    Returns
    -------
    bool
        True under ``NUMBA_DISABLE_JIT=1``.

    Examples
    --------
    >>> jit_is_off() in (True, False)
    True
    """
    if "numba" in sys.modules:
        return bool(sys.modules["numba"].config.DISABLE_JIT)
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


@cache
def _has_fma() -> bool:
    if platform.machine().lower() in {"aarch64", "arm64"}:
        return True
    return "+fma" in _processor()[2].split(",")


@cache
def _has_library() -> bool:
    """Make the C library's functions known to the loader; tell whether all are there."""
    llvm = _binding()
    for name in BY_LANES:
        if llvm.address_of_symbol(name) is None:
            try:
                found = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
            except (AttributeError, OSError, TypeError):
                return False
            llvm.add_symbol(name, found)
    return True


def _target_machine(*, careful: bool) -> Any:
    llvm = _binding()
    triple, name, features = _processor()
    effort = 1 if careful else 0
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=name, features=features, opt=effort, reloc="pic", codemodel="default", jit=True
    )


def compile_ir(ir: str, *, careful: bool = True) -> bytes:
    """Return the object code of a module for this processor.

    Parameters
    ----------
    ir : str
        LLVM IR.
    careful : bool
        Whether registers and the order of instructions are chosen with care, which takes five times as long. The
        results have the same bits.

    Returns
    -------
    bytes
        An object file.

    Examples
    --------
    >>> len(compile_ir("define void @evaluate() { ret void }")) > 100
    True
    """
    module = _binding().parse_assembly(ir)
    module.verify()
    return _target_machine(careful=careful).emit_object(module)


class Loaded:
    """A function in memory; its code lives as long as this object.

    Parameters
    ----------
    code : bytes
        An object file made by `compile_ir`, and trusted.

    Examples
    --------
    >>> from symbias.codegen.vector.ir import Code, Vector
    >>> from symbias.codegen.vector.loop import loop_ir
    >>> code = Code()
    >>> double = loop_ir(code, 1, [2.0 * Vector(code, "%x0")])
    >>> out = np.empty((1, 3))
    >>> Loaded(compile_ir(double))([np.array([1.0, 2.0, 3.0])], [1], out)
    >>> out
    array([[2., 4., 6.]])
    """

    def __init__(self, code: bytes) -> None:
        llvm = _binding()
        self._engine = llvm.create_mcjit_compiler(
            llvm.parse_assembly(""), _target_machine(careful=False)
        )
        self._object = llvm.ObjectFileRef.from_data(code)
        self._engine.add_object_file(self._object)
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(
            None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64
        )
        self.run: Function = kind(self._engine.get_function_address(ENTRY))

    def __call__(self, inputs: list[np.ndarray], steps: list[int], out: np.ndarray) -> None:
        """Fill the outputs.

        Parameters
        ----------
        inputs : list of numpy.ndarray
            ``(points,)`` or ``(1,)`` float64, contiguous.
        steps : list of int
            1 for an input with one number per point, 0 for one number that serves all.
        out : numpy.ndarray
            ``(outputs, points)`` float64, contiguous, at least one point; filled in place.
        """
        points = out.shape[1]
        whole = points - points % LANES
        # One group per input: a number that serves all points, or the points that are left over.
        groups = np.empty((len(inputs), LANES))
        for group, array, step in zip(groups, inputs, steps, strict=True):
            if not step:
                group[:] = array[0]
        first = groups.ctypes.data
        own = [first + k * groups.strides[0] for k in range(len(inputs))]
        if whole:
            pairs = [
                (array.ctypes.data, LANES) if step else (place, 0)
                for array, step, place in zip(inputs, steps, own, strict=True)
            ]
            self._run_groups(whole, pairs, out, points)
        if whole < points:
            rest = points - whole
            for group, array, step in zip(groups, inputs, steps, strict=True):
                if step:
                    group[:rest] = array[whole:]
                    group[rest:] = array[-1]
            last = np.empty((len(out), LANES))
            self._run_groups(LANES, [(place, 0) for place in own], last, LANES)
            out[:, whole:] = last[:, :rest]

    def _run_groups(
        self, points: int, pairs: list[tuple[int, int]], out: np.ndarray, stride: int
    ) -> None:
        """Run whole groups; everything whose address is passed is alive in the caller."""
        table = (ctypes.c_int64 * (2 * len(pairs)))(*(n for pair in pairs for n in pair))
        self.run(points // LANES, ctypes.addressof(table), out.ctypes.data, stride)
