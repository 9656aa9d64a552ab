// Package samples makes recordings of calls that never were, for tests: a good one, some in
// which something went wrong, and a long one. It writes what a tap and a line write.
package samples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/recording"
)

// script is a call as it is put together. Times and lengths are in milliseconds.
type script struct {
	header  recording.Header
	lines   []recording.Line
	sound   bool
	conn    int
	anchor  int // when the first sound of the connection was sent
	appends int // up to when sound was sent
	lengths map[string]int
	n       int
}

const (
	model   = "gpt-realtime-2.1"
	hearing = "gpt-realtime-whisper"
)

// newScript begins a call whose connection is there after 180 ms.
func newScript(id string, keep ...recording.Keep) *script {
	s := &script{conn: 1, lengths: map[string]int{}, header: recording.Header{
		Version: recording.Version, ID: id, Began: time.Date(2026, 11, 26, 14, 3, 7, 412_345_000, time.UTC),
		By: "realtime-go tap", Protocol: "openai-realtime",
		Session: &recording.SessionInfo{Kind: "conversation", Model: model},
		Line:    &recording.LineInfo{Kind: "twilio", Codec: "pcmu", Rate: 8000},
		Keep:    keep, Mask: []string{"numbers"}, Clock: recording.Clock{Unit: "us", Kind: "monotonic"},
	}}
	for _, k := range keep {
		s.sound = s.sound || k == recording.KeepAudio
	}
	s.add(0, 0, &recording.Dial{Took: ms(180), Status: 101})
	s.in(180, "session.created", `"session":{"type":"realtime","model":"`+model+`"}`)
	s.out(190, "session.update", `"event_id":"set_1","session":{"type":"realtime","instructions":"You book flights.","audio":{"output":{"voice":"marin"}},"tools":[{"type":"function","name":"search_flights"}]}`)
	s.in(260, "session.updated", `"session":{"type":"realtime","model":"`+model+`","audio":{"output":{"voice":"marin"}}}`)
	s.anchor, s.appends = 300, 300
	return s
}

func ms(n int) recording.Micros { return recording.Micros(n) * recording.Millisecond }

func (s *script) id(prefix string) string {
	s.n++
	return fmt.Sprintf("%s_%02d", prefix, s.n)
}

// add adds a line at a time in milliseconds, and some microseconds that keep the order.
func (s *script) add(at, after int, body recording.Body) {
	s.lines = append(s.lines, recording.Line{At: ms(at) + recording.Micros(after), Conn: s.conn, Body: body})
}

// in adds a message of the service with some members.
func (s *script) in(at int, name, members string) {
	event := fmt.Sprintf(`{"type":%s,"event_id":%q,%s}`, quoted(name), s.id("event"), members)
	s.add(at, s.n, &recording.Frame{Direction: recording.In, Type: name, Bytes: int64(len(event)), Event: json.RawMessage(event)})
}

// out adds a message to the service.
func (s *script) out(at int, name, members string) {
	event := fmt.Sprintf(`{"type":%q,%s}`, name, members)
	s.add(at, s.n, &recording.Frame{Direction: recording.Out, Type: name, Bytes: int64(len(event)), Event: json.RawMessage(event), Fate: recording.FateWritten})
}

// quoted returns a text as JSON.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) //nolint:errchkjson // A string can be encoded
	return string(bytes.TrimSpace(b.Bytes()))
}

// padding is the sound before the first word that audio_start_ms includes, in milliseconds.
const padding = 300

// said lets the caller speak for a length. The server notices 250 ms later, and the end
// after half a second of silence; turns are then ended.
func (s *script) said(at, length int, text string) (done int) {
	item := s.id("item")
	s.in(at+250, "input_audio_buffer.speech_started", fmt.Sprintf(`"audio_start_ms":%d,"item_id":%q`, at-s.anchor-padding, item))
	if s.sound {
		s.add(at, 0, &recording.Audio{Track: recording.Sent, Pos: ms(at - s.anchor), Len: ms(length), Codec: "pcmu", Rate: 8000, Data: voice(length, 190, s.n)})
	}
	done = at + length + 500
	s.in(done, "input_audio_buffer.speech_stopped", fmt.Sprintf(`"audio_end_ms":%d,"item_id":%q`, done-s.anchor, item))
	s.in(done+4, "input_audio_buffer.committed", fmt.Sprintf(`"item_id":%q`, item))
	s.in(done+10, "conversation.item.added", fmt.Sprintf(`"item":{"id":%q,"type":"message","role":"user","content":[{"type":"input_audio"}]}`, item))
	s.in(done+600, "conversation.item.input_audio_transcription.completed", fmt.Sprintf(`"item_id":%q,"content_index":0,"transcript":%s,"usage":{"type":"duration","seconds":%g}`, item, quoted(text), float64(length)/1000))
	micros := int64(length) * 17_000 / 60_000 // $0.017 a minute
	s.add(done+600, s.n+1, &recording.Usage{Response: item, Model: hearing, AudioMS: int64(length), MicroUSD: &micros, Prices: "2026-11-26"})
	return done
}

// answer is what the agent says.
type answer struct {
	at     int // when the response is created
	first  int // from then to the first sound; default 380
	length int // of the sound
	burst  int // the time in which it arrives; default a third of its length
	delay  int // from the first sound to the ear; default 150
	heard  int // how much of it is heard; default all
	status string
	text   string
	broken bool // the connection is lost before the response is done
}

// answers adds an answer, and returns its item and when it falls silent.
func (s *script) answers(a answer) (item string, silent int) {
	if a.first == 0 {
		a.first = 380
	}
	if a.burst == 0 {
		a.burst = a.length / 3
	}
	if a.delay == 0 {
		a.delay = 150
	}
	if a.heard == 0 {
		a.heard = a.length
	}
	if a.status == "" {
		a.status = "completed"
	}
	response := s.id("resp")
	item = s.id("item")
	begin := a.at + a.first
	s.in(a.at, "response.created", fmt.Sprintf(`"response":{"id":%q,"status":"in_progress"}`, response))
	s.in(a.at+60, "response.output_item.added", fmt.Sprintf(`"response_id":%q,"output_index":0,"item":{"id":%q,"type":"message","role":"assistant"}`, response, item))
	s.add(begin, 0, &recording.Frame{
		Direction: recording.In, Type: "response.output_audio.delta", Bytes: int64(a.length) * 43,
		N: max(2, a.length/200), Span: ms(a.burst), Item: item, Response: response, AudioMS: int64(a.length),
	})
	if s.sound {
		s.add(begin, 1, &recording.Audio{Track: recording.Made, Item: item, Len: ms(a.length), Codec: "pcmu", Rate: 8000, Data: voice(a.length, 120, s.n)})
	}
	done := begin + a.burst + 20
	if !a.broken {
		s.in(done, "response.output_audio_transcript.done", fmt.Sprintf(`"response_id":%q,"item_id":%q,"content_index":0,"transcript":%s`, response, item, quoted(a.text)))
		s.done(done+20, response, a.status, item, 480, 107, 384, a.length/50, a.length/50)
	}
	silent = begin + a.delay + a.heard
	s.add(silent, 0, &recording.Heard{Item: item, To: ms(a.heard), Began: ms(begin + a.delay), By: recording.ByMark})
	s.lengths[item] = a.length
	return item, silent
}

// done ends a response with its tokens, and counts them.
func (s *script) done(at int, response, status, item string, textIn, audioIn, cached, textOut, audioOut int) {
	s.in(at, "response.done", fmt.Sprintf(`"response":{"id":%q,"status":%q,"output":[{"id":%q}],"usage":{"input_tokens":%d,"output_tokens":%d,"input_token_details":{"text_tokens":%d,"audio_tokens":%d,"cached_tokens":%d,"cached_tokens_details":{"text_tokens":%d}},"output_token_details":{"text_tokens":%d,"audio_tokens":%d}}}`,
		response, status, item, textIn+audioIn, textOut+audioOut, textIn, audioIn, cached, cached, textOut, audioOut))
	micros := int64(textIn-cached)*4 + int64(cached)*4/10 + int64(audioIn)*32 + int64(textOut)*24 + int64(audioOut)*64
	s.add(at, s.n+1, &recording.Usage{Response: response, Model: model, MicroUSD: &micros, Prices: "2026-11-26", Tokens: recording.Tokens{
		Text:  recording.TokenCount{In: int64(textIn), Cached: int64(cached), Out: int64(textOut)},
		Audio: recording.TokenCount{In: int64(audioIn), Out: int64(audioOut)},
	}})
	s.in(at+43, "rate_limits.updated", `"rate_limits":[{"name":"tokens","limit":40000,"remaining":39037}]`)
}

// cuts ends an item because the caller has spoken: believed is where the server is told
// to cut it.
func (s *script) cuts(at int, item string, heard, believed int) {
	s.add(at, 1, &recording.Cut{Item: item, Heard: ms(heard), Made: ms(s.lengths[item]), By: "speech_started"})
	s.n++
	s.out(at, "conversation.item.truncate", fmt.Sprintf(`"event_id":"cut_%d","item_id":%q,"content_index":0,"audio_end_ms":%d`, s.n, item, believed))
	s.in(at+50, "conversation.item.truncated", fmt.Sprintf(`"item_id":%q,"content_index":0,"audio_end_ms":%d`, item, believed))
}

// calls lets a response call a function that takes a while, and sends its output. With
// ask, another response is asked for.
func (s *script) calls(at, took int, name, arguments, output string, ask bool) (done int) {
	response, item, call := s.id("resp"), s.id("item"), s.id("call")
	s.in(at, "response.created", fmt.Sprintf(`"response":{"id":%q,"status":"in_progress"}`, response))
	s.in(at+200, "response.output_item.added", fmt.Sprintf(`"response_id":%q,"output_index":0,"item":{"id":%q,"type":"function_call","name":%q,"call_id":%q}`, response, item, name, call))
	s.in(at+500, "response.function_call_arguments.done", fmt.Sprintf(`"response_id":%q,"item_id":%q,"call_id":%q,"name":%q,"arguments":%s`, response, item, call, name, quoted(arguments)))
	s.done(at+510, response, "completed", item, 480, 107, 384, 24, 0)
	s.add(at+520, 0, &recording.Tool{ID: call, Name: name, Phase: recording.Start})
	done = at + 520 + took
	good := true
	s.add(done, 0, &recording.Tool{ID: call, Name: name, Phase: recording.Finished, Took: ms(took), OK: &good})
	s.out(done+2, "conversation.item.create", fmt.Sprintf(`"event_id":%q,"item":{"type":"function_call_output","call_id":%q,"output":%s}`, s.id("out"), call, quoted(output)))
	if ask {
		s.out(done+3, "response.create", fmt.Sprintf(`"event_id":%q`, s.id("ask")))
	}
	return done + 40
}

// listens adds the caller's sound up to a time, in runs of a second.
func (s *script) listens(until int) {
	for ; s.appends < until; s.appends += 1000 {
		length := min(1000, until-s.appends)
		s.add(s.appends, 0, &recording.Frame{
			Direction: recording.Out, Type: "input_audio_buffer.append", Bytes: int64(length) * 14, N: max(2, length/20),
			Span: ms(length - 20), AudioMS: int64(length), Fate: recording.FateWritten,
		})
	}
}

// ends returns the recording, as it is read from a file.
func (s *script) ends(at int) *recording.Recording {
	s.listens(at)
	s.add(at, 0, &recording.End{Why: "closed", Code: 1000, Complete: true})
	rec := &recording.Recording{Header: s.header, Lines: s.lines}
	var file bytes.Buffer
	if _, err := rec.WriteTo(&file); err != nil {
		panic(err) //nolint:forbidigo // A fault of this package, which is for tests alone
	}
	read, err := recording.Read(&file)
	if err != nil {
		panic(err) //nolint:forbidigo // The same
	}
	return read
}
