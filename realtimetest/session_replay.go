package realtimetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// replay is a session that follows a transcript. It sends a frame of the server
// when the client has sent the frames before it. Audio counts by its length,
// however it is cut; other events count by their type. Events that the client sent
// without a frame of the server in between may come in any order. A replay belongs
// to the session's goroutine.
type replay struct {
	*sender
	lines []Entry
	done  []bool     // Which of the client's lines have arrived.
	next  int        // The first line that has not been played.
	want  int        // Bytes of the client's audio in the lines before next.
	got   int        // Bytes of audio that the client has sent.
	end   closeFrame // Of the server.
	// ids are pairs of an id that the client chose in the recording and the one that
	// it chooses now, as JSON strings.
	ids [][2][]byte
}

// startReplay starts a replay of t to a client that dialed with query.
func startReplay(s *sender, t *Transcript, query url.Values) *replay {
	r := &replay{sender: s, lines: t.Entries, done: make([]bool, len(t.Entries)), end: closeFrame{t.Code, t.Reason}}
	if want, got := t.Query.Encode(), sessionQuery(query).Encode(); want != got {
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

// soundOf returns the length of the audio that an event appends. ok is false for
// other events.
func soundOf(e Entry) (n int, ok bool) {
	if !golden.IsSound(e.Type) || e.Direction != Received {
		return 0, false
	}
	var f struct {
		Audio []byte `json:"audio"`
	}
	if json.Unmarshal(e.Data, &f) != nil {
		return 0, false
	}
	return len(f.Audio), true
}

// receive handles one text frame.
func (r *replay) receive(data []byte) {
	got := Entry{Direction: Received, Type: typeOf(data), Data: data}
	r.received(got.Type, data)
	if n, ok := soundOf(got); ok {
		r.got += n
		r.play()
		return
	}
	expected := ""
	for i := r.next; i < len(r.lines) && r.lines[i].Direction == Received; i++ {
		line := r.lines[i]
		if _, sound := soundOf(line); sound || r.done[i] {
			continue
		}
		if line.Type == got.Type {
			r.done[i] = true
			r.pairIDs(line.Data, data)
			r.play()
			return
		}
		if expected == "" {
			expected = line.Type
		}
	}
	if expected == "" {
		expected = "nothing more of the client"
		if r.next < len(r.lines) {
			expected = "more sound"
		}
	}
	r.mismatch("type", fmt.Sprintf("the recording goes on with %s, but the client sent %s", expected, got.Type))
}

// pairIDs adds the ids in an event of the client to ids.
func (r *replay) pairIDs(recorded, now []byte) {
	type chosen struct {
		EventID string `json:"event_id"`
		Item    struct {
			ID string `json:"id"`
		} `json:"item"`
	}
	var a, b chosen
	if json.Unmarshal(recorded, &a) != nil || json.Unmarshal(now, &b) != nil {
		return
	}
	for _, pair := range [][2]string{{a.EventID, b.EventID}, {a.Item.ID, b.Item.ID}} {
		if pair[0] != "" && pair[1] != "" && pair[0] != pair[1] {
			r.ids = append(r.ids, [2][]byte{quoted(pair[0]), quoted(pair[1])})
		}
	}
}

// play sends the server's next frames, up to a line that the client has not sent.
func (r *replay) play() {
	for ; r.next < len(r.lines) && !r.ended; r.next++ {
		line := r.lines[r.next]
		if line.Direction == Received {
			n, sound := soundOf(line)
			if sound && r.got < r.want+n || !sound && !r.done[r.next] {
				return
			}
			r.want += n
			continue
		}
		data := []byte(line.Data)
		for _, pair := range r.ids {
			data = bytes.ReplaceAll(data, pair[0], pair[1])
		}
		r.write(line.Type, data)
	}
	if r.next == len(r.lines) && r.end.code != 0 {
		r.close(r.end.code, r.end.reason)
	}
}
