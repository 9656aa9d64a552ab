package media

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/plivo"
	"github.com/voicelane/realtime-go/gen/twilio"
	"github.com/voicelane/realtime-go/wire"
)

func TestMark(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"event":"mark","streamSid":"MZ1","mark":{"name":"rt1-2"}}`:     "rt1-2",
		`{"mark":{"more":[{"name":"x"}],"name":"rt1-2"},"event":"mark"}`: "rt1-2",
		`{"event":"mark","streamSid":"MZ2","mark":{"name":"rt1-2"}}`:     "",
		`{"event":"media","streamSid":"MZ1","mark":{"name":"rt1-2"}}`:    "",
		`{"event":"mark","mark":{"name":5}}`:                             "",
		`{"event":"mark","mark":5}`:                                      "",
		`{"event":"mark","name":"rt1-2"}`:                                "",
		`{"event":"mark","mark":{"name":"rt1-2"}`:                        "",
		`{"event":"mark","mark":{"name":"rt1-2"}} {}`:                    "",
	} {
		name, ok := Mark([]byte(text), "mark", "mark", "MZ1", "streamSid")
		assert.Equal(t, want != "", ok, text)
		if ok {
			assert.Equal(t, want, string(name), text)
		}
	}
	name, ok := Mark([]byte(`{"event":"playedStream","streamId":"s","name":"rt1-2"}`), "playedStream", "", "s", "streamId")
	assert.True(t, ok)
	assert.Equal(t, "rt1-2", string(name))
}

func TestMarksAreNotAllocated(t *testing.T) {
	text := []byte(`{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"rt1-1"}}`)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = Mark(text, "mark", "mark", "MZ1", "streamSid") }))
}

// FuzzMark compares what is read with what the generated packages read.
func FuzzMark(f *testing.F) {
	f.Add([]byte(`{"event":"mark","streamSid":"MZ1","mark":{"name":"rt1-2"}}`))
	f.Add([]byte(`{"event":"mark","mark":{"name":"a","name":"b"},"mark":{"name":"c"}}`))
	f.Add([]byte(`{"event":"playedStream","streamId":"s","name":"rt1-2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if name, ok := Mark(data, "mark", "mark", "MZ1", "streamSid"); ok {
			e, err := twilio.DecodeEvent(data)
			if m, is := e.(*twilio.Mark); is && err == nil && m.Extra.Len() == 0 && m.Mark.Extra.Len() == 0 {
				assert.Equal(t, m.Mark.Name, string(name))
			}
		}
		if name, ok := Mark(data, "playedStream", "", "s", "streamId"); ok {
			e, err := plivo.DecodeEvent(data)
			if m, is := e.(*plivo.PlayedStream); is && err == nil && m.Extra.Len() == 0 && wire.Deref(m.StreamID) == "s" {
				assert.Equal(t, m.Name, string(name))
			}
		}
	})
}
