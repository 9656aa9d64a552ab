// Package recording is a call as a file: what each side sent, when, what was heard, which
// tools ran, what it cost and what was lost. A recording is JSON Lines, described in
// docs/recording.md and by [Schema]; it holds no text, no sound and no numbers unless asked.
//
//	rec, err := recording.Open("call.jsonl")
//	for _, line := range rec.Lines {
//		fmt.Println(line.At, line.Body.Kind())
//	}
//
// [Read] and [Open] read a whole recording, [NewReader] one line after another. A file that
// was cut reads up to the cut ([Recording.Tail]), and a garbled line is an error with its
// number and offset behind which reading goes on.
//
// Package recording depends on neither the client nor the server, so that both can write
// the format.
package recording
