// Package mutant switches faults on in a program that holds many of them. Its file is copied
// into each package that is mutated, so all of it is unexported and prefixed.
//
// A point is an expression or a statement that has one fault or two. MUTANT_POINT names the
// point whose fault is on, and MUTANT_CHANGE which of the two it is: 1 for a boundary, 2 for
// any other. Without them there is no fault. If MUTANT_REACHED names a file, each point that
// is executed is appended to it, once.
package mutant

import (
	"cmp"
	"os"
	"strconv"
	"sync/atomic"
)

var (
	mutantPoint   = mutantNumber("MUTANT_POINT")
	mutantChange  = mutantNumber("MUTANT_CHANGE")
	mutantReached = mutantRecord()
)

func mutantNumber(name string) int {
	n, _ := strconv.Atoi(os.Getenv(name))
	return n
}

// mutantRecorder writes each point to the file when it is first reached: a test program can
// end at any moment.
type mutantRecorder struct {
	file *os.File
	seen []atomic.Bool
}

// mutantPoints is how many points there are at most.
const mutantPoints = 1 << 14

func mutantRecord() *mutantRecorder {
	name := os.Getenv("MUTANT_REACHED")
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the one that the command names
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
	return &mutantRecorder{file: file, seen: make([]atomic.Bool, mutantPoints)}
}

func (r *mutantRecorder) mark(point int) {
	if !r.seen[point].Swap(true) {
		_, _ = r.file.WriteString(strconv.Itoa(point) + "\n")
	}
}

// mutantAt returns which change is on at the point, or 0.
func mutantAt(point int) int {
	if mutantReached != nil {
		mutantReached.mark(point)
	}
	if point != mutantPoint {
		return 0
	}
	return mutantChange
}

// mutantIs reports whether the only change of the point is on.
func mutantIs(point int) bool { return mutantAt(point) != 0 }

type mutantInteger interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type mutantValue interface {
	mutantInteger | ~float32 | ~float64
}

func mutantLess[T cmp.Ordered](point int, a, b T) bool {
	switch mutantAt(point) {
	case 1:
		return a <= b
	case 2:
		return a >= b
	}
	return a < b
}

func mutantAtMost[T cmp.Ordered](point int, a, b T) bool {
	switch mutantAt(point) {
	case 1:
		return a < b
	case 2:
		return a > b
	}
	return a <= b
}

func mutantMore[T cmp.Ordered](point int, a, b T) bool {
	switch mutantAt(point) {
	case 1:
		return a >= b
	case 2:
		return a <= b
	}
	return a > b
}

func mutantAtLeast[T cmp.Ordered](point int, a, b T) bool {
	switch mutantAt(point) {
	case 1:
		return a > b
	case 2:
		return a < b
	}
	return a >= b
}

func mutantSum[T mutantValue](point int, a, b T) T {
	if mutantIs(point) {
		return a - b
	}
	return a + b
}

func mutantDifference[T mutantValue](point int, a, b T) T {
	if mutantIs(point) {
		return a + b
	}
	return a - b
}

func mutantProduct[T mutantValue](point int, a, b T) T {
	if mutantIs(point) {
		return a / b
	}
	return a * b
}

func mutantQuotient[T mutantValue](point int, a, b T) T {
	if mutantIs(point) {
		return a * b
	}
	return a / b
}

func mutantRemainder[T mutantInteger](point int, a, b T) T {
	if mutantIs(point) {
		return a * b
	}
	return a % b
}

func mutantNegative[T mutantValue](point int, a T) T {
	if mutantIs(point) {
		return a
	}
	return -a
}

func mutantPositive[T mutantValue](point int, a T) T {
	if mutantIs(point) {
		return -a
	}
	return a
}

// mutantStep is what an increment adds and a decrement takes away.
func mutantStep[T mutantValue](point int) T {
	var step T = 1
	if mutantIs(point) {
		return -step
	}
	return step
}
