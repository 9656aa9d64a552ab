// Package transcribe turns recordings and live audio into text, over transcription
// sessions of package realtime.
//
//	for segment, err := range transcribe.Stream(ctx, client, audio, nil) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(segment.Start, segment.Text)
//	}
//
// [Stream] yields the segments of one recording in the order of the speech, however the
// server's transcripts arrive. [Files] transcribes many recordings, several at once.
package transcribe
