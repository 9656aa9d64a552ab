package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/transcribe"
)

// formats are the forms of a transcript, by their names.
var formats = map[string]func(*transcribe.Transcript) string{"text": asText, "srt": asSRT, "vtt": asVTT, "json": asJSON}

// asText returns a line for each segment, with its times.
func asText(t *transcribe.Transcript) string {
	var b strings.Builder
	for _, s := range t.Segments {
		fmt.Fprintf(&b, "%8s – %s  %s\n", recording.MicrosOf(s.Start), recording.MicrosOf(s.End), oneLine(s.Text))
	}
	return b.String()
}

// asSRT returns SubRip subtitles, which number their entries and have a comma in times.
func asSRT(t *transcribe.Transcript) string {
	var b strings.Builder
	for i, s := range t.Segments {
		fmt.Fprintf(&b, "%d\n%s --> %s\n%s\n\n", i+1, clock(s.Start, ','), clock(s.End, ','), oneLine(s.Text))
	}
	return b.String()
}

// asVTT returns WebVTT subtitles, in which & and < are escaped.
func asVTT(t *transcribe.Transcript) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, s := range t.Segments {
		fmt.Fprintf(&b, "%s --> %s\n%s\n\n", clock(s.Start, '.'), clock(s.End, '.'), escape.Replace(oneLine(s.Text)))
	}
	return b.String()
}

// segmentLine is a segment as JSON, with times in seconds.
type segmentLine struct {
	Start float64 `json:"start"`
	End   float64 `json:"end"`
	Text  string  `json:"text"`
}

// asJSON returns a transcript as one line.
func asJSON(t *transcribe.Transcript) string {
	line := struct {
		File     string        `json:"file"`
		Segments []segmentLine `json:"segments"`
		Error    string        `json:"error,omitempty"`
	}{File: t.Name, Segments: []segmentLine{}}
	for _, s := range t.Segments {
		line.Segments = append(line.Segments, segmentLine{seconds(s.Start), seconds(s.End), s.Text})
	}
	if t.Err != nil {
		line.Error = t.Err.Error()
	}
	data, err := json.Marshal(line)
	if err != nil {
		return err.Error() + "\n" // Texts and numbers always encode.
	}
	return string(data) + "\n"
}

// clock returns a time as subtitles have it, with a separator before the milliseconds.
func clock(d time.Duration, separator rune) string {
	ms := d.Round(time.Millisecond).Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d%c%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, separator, ms%1000)
}

// oneLine joins the lines of a text: an empty line would end a subtitle.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
