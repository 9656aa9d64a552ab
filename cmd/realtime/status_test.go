package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	interrupted, terminated := done(&signalError{syscall.SIGINT}), done(&signalError{syscall.SIGTERM})
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want int
		text string
	}{
		"success":     {ctx, nil, 0, ""},
		"failure":     {ctx, errors.New("broken"), 1, "realtime: broken\n"},
		"quiet":       {ctx, &silentError{1}, 1, ""},
		"usage":       {ctx, &usageError{errors.New("what"), "realtime x"}, 2, "realtime: what (see realtime x --help)\n"},
		"unprobed":    {ctx, &unprobedError{errors.New("gone")}, 2, "realtime: the server cannot be probed: gone\n"},
		"interrupted": {interrupted, context.Canceled, 130, ""},
		"terminated":  {terminated, nil, 143, ""},
		"key":         {ctx, fmt.Errorf("talk: %w", errInterrupted), 130, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			assert.Equal(t, c.want, status(c.ctx, c.err, &stderr))
			assert.Equal(t, c.text, stderr.String())
		})
	}
}

// TestErrorsSayWhatToDo lists the errors that a user meets first.
func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	code := func(code string) error {
		return &realtime.ServerError{Detail: api.Error{Code: api.Value(code)}}
	}
	for want, err := range map[string]error{
		"OPENAI_API_KEY, or use --test": realtime.ErrNoCredential,
		"check OPENAI_API_KEY":          code(realtime.CodeInvalidKey),
		"--model":                       code(realtime.CodeModelNotFound),
		"no credit left":                code(realtime.CodeQuota),
		"realtime serve":                syscall.ECONNREFUSED,
		"--addr":                        syscall.EADDRINUSE,
		"realtime record":               recording.ErrNotRecording,
		"another name":                  fs.ErrExist,
		"--force":                       &existsError{fs.ErrExist, "-o"},
		"--prices":                      usage.ErrNoPrice,
		"-text":                         &device.UnavailableError{Err: syscall.ENOENT},
		"another account":               &realtime.APIError{Code: "call_id_not_found"},
	} {
		assert.Contains(t, explained(fmt.Errorf("somewhere: %w", err)), want)
	}
	assert.Equal(t, "broken", explained(errors.New("broken")))
}
