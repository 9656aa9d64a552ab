package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// maxOutput is the largest output of a Once func in bytes.
const maxOutput = 32 << 10

// Once calls do, unless a call of Once with the same id was begun before on any worker:
// that do begins is stored first, and its output afterwards. Later calls return the output,
// or [ErrUnknownOutcome] if do has not finished. If do returns an error, it counts as
// finished without an output, and later calls return an error too.
//
// Tools of an agent need no Once: see [Job.Converse].
func (j *Job) Once(ctx context.Context, id string, do func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	var before once
	var begun bool
	if err := j.write(ctx, maxProgram, func(e *entry) {
		if before, begun = e.Tools[id]; begun {
			return
		}
		if e.Tools == nil {
			e.Tools = map[string]once{}
		}
		e.Tools[id] = once{}
	}); err != nil {
		return nil, fmt.Errorf("fleet: once %q did not begin: %w", id, err)
	}
	switch {
	case begun && !before.Done:
		return nil, fmt.Errorf("%w: %q", ErrUnknownOutcome, id)
	case begun && before.Failed:
		return nil, fmt.Errorf("fleet: once %q has failed before", id)
	case begun:
		return slices.Clone(before.Output), nil
	}
	output, err := do(ctx)
	if err == nil && len(output) > maxOutput {
		output, err = nil, fmt.Errorf("%w: the output of %q has %d bytes, at most %d are allowed", ErrTooLarge, id, len(output), maxOutput)
	}
	// The func has had its effect: that is stored also if ctx has ended.
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.w.f.cfg.Lease)
	defer cancel()
	done := once{Done: true, Failed: err != nil, Output: slices.Clone(output)}
	stored := j.write(kept, maxProgram, func(e *entry) { e.Tools[id] = done })
	if errors.Is(stored, ErrTooLarge) {
		// That it has finished is known, its output is lost.
		stored = errors.Join(stored, j.write(kept, maxOwn, func(e *entry) { e.Tools[id] = once{Done: true, Failed: true} }))
	}
	return output, errors.Join(err, stored)
}

// Unfinished returns the ids of Once that a former worker has begun and not finished,
// sorted: it is not known whether they had their effect.
func (j *Job) Unfinished() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.former)
}

// unfinished returns the ids that were begun and have not finished.
func (e entry) unfinished() []string {
	var ids []string
	for id, t := range e.Tools {
		if !t.Done {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
