package view_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
)

// A call that hangs after a question, as a page with a mark of its own.
func ExampleHTML() {
	const call = `{"realtime_recording":1,"id":"rec_1","began":"2026-11-26T14:03:07Z","keep":[],"clock":{"unit":"us"}}
{"at":0,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":13650,"n":50,"span":980000,"audio_ms":1000,"fate":"written"}
{"at":1200000,"k":"in","conn":1,"type":"input_audio_buffer.speech_started","bytes":90,"event":{"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":700}}
{"at":2500000,"k":"in","conn":1,"type":"input_audio_buffer.speech_stopped","bytes":90,"event":{"type":"input_audio_buffer.speech_stopped","item_id":"item_1","audio_end_ms":2500}}
{"at":9000000,"k":"end","why":"closed","complete":true}
`
	rec, err := recording.Read(strings.NewReader(call))
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer
	err = view.HTML(&page, rec, &view.Options{
		Title: "Front desk",
		Notes: []view.Note{{At: 2_000_000, Severity: recording.Broken, Title: "FAIL: reply within 1.2 s"}},
	})
	fmt.Println(err)
	for _, text := range []string{"<h1>Front desk</h1>", "FAIL: reply within 1.2 s", "The caller heard nothing for 7.00 s"} {
		fmt.Println(strings.Contains(page.String(), text))
	}
	// Output:
	// <nil>
	// true
	// true
	// true
}
