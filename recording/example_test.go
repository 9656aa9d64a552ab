package recording_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"

	"github.com/voicelane/realtime-go/recording"
)

// What stands out in a call that went wrong.
func ExampleOpen() {
	rec, err := recording.Open("testdata/silence-after-tool.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range rec.Findings() {
		fmt.Println(f.At, f.Severity, f.Kind)
		fmt.Println(f.Text)
	}
	// Output:
	// 0:02.00 broken silence
	// No response was asked for after the tool lookup returned: the caller heard nothing for another 9.08 s.
}

// A rule of the program's own masks order numbers in the texts that are kept. Long numbers
// are masked without one.
func ExampleMaskPattern() {
	var file bytes.Buffer
	w := recording.NewWriter(&file, &recording.Options{
		Keep: []recording.Keep{recording.KeepText},
		Mask: []recording.Mask{recording.MaskPattern("orders", regexp.MustCompile(`ORD-\d+`))},
	})
	w.Message(recording.Message{Direction: recording.In, Conn: 1, Data: []byte(
		`{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_1","content_index":0,"transcript":"Where is ORD-17? Call +49 151 23456789."}`)})
	if err := w.Close(nil); err != nil {
		fmt.Println(err)
		return
	}
	rec, err := recording.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rec.Header.Mask)
	if f, ok := rec.Lines[0].Body.(*recording.Frame); ok {
		fmt.Println(string(f.Event))
	}
	// Output:
	// [numbers orders]
	// {"type":"conversation.item.input_audio_transcription.completed","item_id":"item_1","content_index":0,"transcript":"Where is ‹orders›? Call ‹number›."}
}

// A recording with content is lowered to structure before it leaves the house.
func ExampleRedact() {
	var full bytes.Buffer
	w := recording.NewWriter(&full, &recording.Options{Keep: []recording.Keep{recording.KeepText, recording.KeepTools}})
	w.Add(1, &recording.Tool{ID: "call_1", Name: "lookup", Phase: recording.Start, Arguments: `{"name":"Jane"}`})
	if err := w.Close(nil); err != nil {
		fmt.Println(err)
		return
	}
	var less bytes.Buffer
	if err := recording.Redact(&less, &full, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	rec, err := recording.Read(&less)
	if err != nil {
		fmt.Println(err)
		return
	}
	if tool, ok := rec.Lines[0].Body.(*recording.Tool); ok {
		fmt.Println(tool.Name, tool.Arguments)
	}
	// Output:
	// lookup ‹15›
}
