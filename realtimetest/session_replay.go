package realtimetest

import (
	"fmt"
	"net/url"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	recording "github.com/voicelane/realtime-go/realtimetest/internal/replay"
	"github.com/voicelane/realtime-go/realtimetest/internal/transcriptfile"
)

// replay is a session that follows a transcript. It belongs to the session's goroutine.
type replay struct {
	*sender
	player *recording.Player
	tasks  *loop.Schedule
	end    closeFrame // Of the server.
	silent *loop.Task // Ends the session if the client sends nothing more.
}

// startReplay starts a replay of t to a client that dialed with query.
func startReplay(s *sender, tasks *loop.Schedule, t *Transcript, query url.Values) *replay {
	r := &replay{sender: s, player: recording.New(t.frames(), s.write), tasks: tasks, end: closeFrame{t.Code, t.Reason}}
	if want, got := t.Query.Encode(), transcriptfile.Query(query).Encode(); want != got {
		r.mismatch("", fmt.Sprintf("the recording is of ?%s, the client asks for ?%s", want, got))
		return r
	}
	if err := t.incomplete(); err != nil {
		r.mismatch("", err.Error())
		return r
	}
	r.play()
	return r
}

// mismatch ends the session because the client deviates from the recording.
func (r *replay) mismatch(param, message string) {
	r.fail(protocol.Error("replay_mismatch", param, message), "")
	r.close(closeBadRequest, "replay_mismatch")
}

// receive handles one text frame.
func (r *replay) receive(data []byte) {
	wireName := typeOf(data)
	r.received(wireName, data)
	expected, ok := r.player.Receive(golden.Frame{FromClient: true, Type: wireName, Data: data})
	if !ok {
		r.mismatch("type", fmt.Sprintf("the recording goes on with %s, but the client sent %s", expected, wireName))
		return
	}
	r.play()
}

// play sends the server's next frames, and its close frame at the end.
func (r *replay) play() {
	r.silent.Cancel()
	if r.player.Play() && r.end.code != 0 {
		r.close(r.end.code, r.end.reason)
		return
	}
	wait, why := r.player.Awaited()
	r.silent = r.tasks.After(wait, func() { r.mismatch("", why) })
}
