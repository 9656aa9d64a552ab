// Package recording is a call as a file: what each side sent, when, what was heard, which
// tools ran, what it cost and what was lost. A recording is JSON Lines, described in
// docs/recording.md and by [Schema]; it holds no text, no sound and no numbers unless asked.
//
//	rec, err := recording.Open("call.jsonl")
//	for _, f := range rec.Findings() {
//		fmt.Println(f.At, f.Text)
//	}
//
// [Read] and [Open] read a whole recording, [NewReader] one line after another. A file that
// was cut reads up to the cut ([Recording.Tail]), and a garbled line is an error with its
// number and offset behind which reading goes on.
//
// [NewWriter] and [Create] write recordings; package recording/tap does so for sessions.
// [Redact] lowers what a recording holds.
//
// [Recording.Timeline] derives turns, waits, tools and interruptions from the lines, and
// [Recording.Findings] what stands out, each with the lines that show it.
//
// Package recording depends on neither the client nor the server, so that both can write
// the format.
package recording
