package recording

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// message returns a line of one time.
func message(d Direction, kind, more string) Line {
	return Line{At: 5, Body: &Frame{Direction: d, Type: kind, Event: []byte(`{"type":"` + kind + `"` + more + `}`)}}
}

// Clocks can stand still: a file whose lines all have one time is read in time that grows
// with its length alone.
func TestLinesOfOneTimeAreDecodedOnce(t *testing.T) {
	t.Parallel()
	const n = 1000
	for name, kinds := range map[string]struct{ in, out, named string }{
		"errors":      {"error", "response.create", `,"error":{"event_id":"e%d"}`},
		"other items": {"conversation.item.added", "conversation.item.create", `,"item":{"type":"function_call","id":"%d"}`},
		"items":       {"conversation.item.added", "conversation.item.create", `,"item":{"type":"message","id":"%d"}`},
		"appends":     {"input_audio_buffer.append", "input_audio_buffer.append", `,"n":%d`},
	} {
		var lines []Line
		for i := range n {
			lines = append(lines, message(In, kinds.in, fmt.Sprintf(kinds.named, n-i)))
		}
		for i := range n {
			lines = append(lines, message(Out, kinds.out, fmt.Sprintf(`,"event_id":"e%d"`, i)))
		}
		decoded := 0
		sortLines(lines, func(f *Frame) event { decoded++; return f.decode() })
		assert.LessOrEqual(t, decoded, len(lines), name)
	}
}

// Random lines of one time have the order of a model that compares all pairs.
func TestRandomLinesOfOneTime(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		var lines []Line
		for range random.IntN(12) {
			lines = append(lines, randomMessage(random))
		}
		want := sortedByPairs(lines)
		sortLines(lines, (*Frame).decode)
		if !assert.Equal(t, texts(want), texts(lines), "seed %d", seed) {
			return
		}
	}
}

func randomMessage(random *rand.Rand) Line {
	number := strconv.Itoa(random.IntN(3))
	switch random.IntN(9) {
	case 0:
		return message(In, "error", `,"error":{"event_id":"`+number+`"}`)
	case 1:
		return message(In, "session.updated", `,"event_id":"`+number+`"`)
	case 2:
		return message(In, "conversation.item.added", `,"item":{"type":"message","role":"user"}`)
	case 3:
		return message(In, "conversation.item.added", `,"item":{"type":"message","role":"assistant"}`)
	case 4:
		return message(In, "input_audio_buffer.committed", ``)
	case 5:
		return message(Out, "conversation.item.create", `,"event_id":"`+number+`"`)
	case 6:
		return message(Out, "input_audio_buffer.commit", `,"event_id":"`+number+`"`)
	case 7:
		return Line{At: 5, Body: &Note{Text: number}}
	default:
		return message(Out, "session.update", `,"event_id":"`+number+`"`)
	}
}

func texts(lines []Line) (texts []string) {
	for _, l := range lines {
		if f, ok := l.Body.(*Frame); ok {
			texts = append(texts, string(f.Direction)+string(f.Event))
		} else {
			texts = append(texts, "note")
		}
	}
	return texts
}

// sortedByPairs is the model: each request looks at each message for its answer, and moves
// before that.
func sortedByPairs(lines []Line) []Line {
	sorted := append([]Line{}, lines...)
	taken := map[Body]bool{}
	for i := range sorted {
		request, ok := sorted[i].Body.(*Frame)
		if !ok || request.Direction != Out {
			continue
		}
		answer := -1
		for j := range sorted {
			x, ok := sorted[j].Body.(*Frame)
			if !ok || x.Direction != In || taken[x] {
				continue
			}
			if x.Type == "error" && x.decode().Error.EventID == request.decode().EventID {
				answer = j
				break
			}
			if answer < 0 && answersByName(x, request) {
				answer = j
			}
		}
		if answer < 0 {
			continue
		}
		taken[sorted[answer].Body] = true
		if answer < i {
			line := sorted[i]
			copy(sorted[answer+1:i+1], sorted[answer:i])
			sorted[answer] = line
		}
	}
	return sorted
}

func answersByName(x, request *Frame) bool {
	if request.Type == "conversation.item.create" {
		return x.Type == "conversation.item.added" && x.decode().Item.Role == "user"
	}
	return strings.HasPrefix(x.Type, request.Type)
}
