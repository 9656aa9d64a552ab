package realtimetest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// replay is a session that follows a transcript. The server's frames are sent
// once the client has sent what came before them. Sound is counted, not
// compared, and how it is cut does not matter; of other events the type
// decides. The order of events that the client sent without anything of the
// server in between may differ.
type replay struct {
	lines []Entry
	done  []bool // Which of the client's lines have come.
	next  int
	want  int // Bytes of sound that the lines before next have.
	heard int // Bytes of sound that the client has sent.
	code  int
	why   string
	// ids are those that the client chose in the recording, with what it
	// chooses now.
	ids [][2][]byte
}

func newReplay(t *Transcript) *replay {
	return &replay{lines: t.Entries, done: make([]bool, len(t.Entries)), code: t.Code, why: t.Reason}
}

// soundOf returns the length of the sound that an event appends.
func soundOf(e Entry) (int, bool) {
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

// receiveReplay handles one text frame of a session that is replayed.
func (s *session) receiveReplay(data []byte) {
	got := Entry{Direction: Received, Type: typeOf(data), Data: data}
	s.took(got.Type, data)
	r := s.replay
	if n, ok := soundOf(got); ok {
		r.heard += n
		s.goOn()
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
			r.pair(line.Data, data)
			s.goOn()
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
	message := fmt.Sprintf("the recording goes on with %s, but the client sent %s", expected, got.Type)
	s.fail(protocol.Error("replay_mismatch", "type", message), "")
	s.close(closeBadRequest, "replay_mismatch")
}

// pair notes the ids that the client has chosen anew.
func (r *replay) pair(then, now []byte) {
	type chosen struct {
		EventID string `json:"event_id"`
		Item    struct {
			ID string `json:"id"`
		} `json:"item"`
	}
	var a, b chosen
	if json.Unmarshal(then, &a) != nil || json.Unmarshal(now, &b) != nil {
		return
	}
	for _, pair := range [][2]string{{a.EventID, b.EventID}, {a.Item.ID, b.Item.ID}} {
		if pair[0] != "" && pair[1] != "" && pair[0] != pair[1] {
			r.ids = append(r.ids, [2][]byte{quoted(pair[0]), quoted(pair[1])})
		}
	}
}

func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return b
}

// goOn sends what follows in the recording, up to what the client has not sent
// yet.
func (s *session) goOn() {
	r := s.replay
	for ; r.next < len(r.lines) && !s.ended; r.next++ {
		line := r.lines[r.next]
		if line.Direction == Received {
			n, sound := soundOf(line)
			if sound && r.heard < r.want+n || !sound && !r.done[r.next] {
				return
			}
			r.want += n
			continue
		}
		data := line.Data
		for _, pair := range r.ids {
			data = bytes.ReplaceAll(data, pair[0], pair[1])
		}
		s.write(line.Type, data)
	}
	if r.next == len(r.lines) && r.code != 0 {
		s.close(r.code, r.why)
	}
}

// startReplay begins a session that is replayed.
func (s *session) startReplay() {
	s.replay = newReplay(s.cfg.Replay)
	if want, asked := s.cfg.Replay.Query.Encode(), askedFor(s.conn.query).Encode(); want != asked {
		e := protocol.Error("replay_mismatch", "", fmt.Sprintf("the recording is of ?%s, the client asks for ?%s", want, asked))
		s.fail(e, "")
		s.close(closeBadRequest, "replay_mismatch")
		return
	}
	s.goOn()
}
