package main

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// explained returns the text of an error, and a line with what to do about it if that is
// known.
func explained(err error) string {
	if hint := hintFor(err); hint != "" {
		return err.Error() + "\n          " + hint
	}
	return err.Error()
}

func hintFor(err error) string {
	server, isServer := errors.AsType[*realtime.ServerError](err)
	failed, isFailed := errors.AsType[*realtime.ResponseError](err)
	refused, isRefused := errors.AsType[*realtime.APIError](err)
	exists, isReplaceable := errors.AsType[*existsError](err)
	_, isSilent := errors.AsType[*device.UnavailableError](err)
	switch {
	case isSilent:
		return "Start one of them, or do without devices: see the flags -text and -in of realtime talk, and give realtime translate a file."
	case errors.Is(err, realtime.ErrNoCredential):
		return "Set OPENAI_API_KEY, or use --test for a test server in this process."
	case realtime.IsUnauthorized(err):
		return "The server does not accept the key: check OPENAI_API_KEY, and that it belongs to this server."
	case isServer && server.Code() == realtime.CodeModelNotFound:
		return "Choose another model with --model."
	case isServer && server.Code() == realtime.CodeQuota, isFailed && failed.Code == realtime.CodeQuota:
		return "The account has no credit left: trying again does not help."
	case isRefused && refused.Code == "call_id_not_found":
		return "The call is over, or it belongs to another account."
	case errors.Is(err, usage.ErrNoPrice):
		return "The sum leaves it out. Give its price with --prices; realtime cost --list --json prints the form."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nothing listens there: check --url and OPENAI_BASE_URL, or start a test server with realtime serve."
	case errors.Is(err, syscall.EADDRINUSE):
		return "Choose another address with --addr; port 0 picks a free one."
	case errors.Is(err, recording.ErrNotRecording):
		return "Recordings are made by realtime record, realtime talk --record, and package recording."
	case isReplaceable:
		return "The file is left as it is: replace it with --force, or choose another with " + exists.flag + "."
	case errors.Is(err, fs.ErrExist):
		return "The file is left as it is: choose another name."
	}
	return ""
}
