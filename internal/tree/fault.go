package tree

import (
	"cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// ArchiveHint is the hint for a wheel that contradicts itself.
const ArchiveHint = "do not use this file: fetch the wheel again, and tell its maker if it is the same"

var faultCodes = [...]problem.Code{
	wheel.Damaged:       problem.ArchiveDamaged,
	wheel.UnsafePath:    problem.ArchiveUnsafePath,
	wheel.Twice:         problem.ArchiveUnsafePath,
	wheel.Malformed:     problem.WheelMalformed,
	wheel.BadRecord:     problem.RecordMalformed,
	wheel.WeakHash:      problem.RecordWeakHash,
	wheel.Outside:       problem.RecordOutsideOutput,
	wheel.DuplicateFold: problem.ArchiveUnsafePath,
}

// FaultProblem returns the problem that reports a fault of a wheel or of a RECORD.
func FaultProblem(fault *wheel.Fault) problem.Problem {
	return problem.Problem{
		Code: faultCodes[fault.Kind], Path: fault.Path, Severity: problem.Error,
		Message: fault.Msg, Details: fault.Details, Hint: cmp.Or(fault.Hint, ArchiveHint),
	}
}
