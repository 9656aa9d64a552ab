package golden

// Text returns a line for each event, ">" from the client and "<" from the server. It
// depends on what happened and why, and not on when:
//
//   - Events stand with their cause: replies with the client's event, and a response with
//     the request or the turn that started it. How the events of two causes interleave
//     has no effect, nor the order of the outputs of parallel calls.
//   - Ids are numbered by kind in order of appearance, also those in metadata.
//   - The deltas of an item are one line. An item that was cut off has no content, since
//     where it was cut is a matter of time.
//   - The client's audio is written at the commit or clear that ends it, as digest and
//     length. Where the server detects speech, audio has one line without them.
//   - Times, lengths of time and usage are left out, as are the places of items.
func Text(frames []Frame) []byte {
	c := arrange(frames)
	w := writer{ids: map[string]string{}, counts: map[string]int{}, cut: c.cut}
	for _, b := range c.blocks {
		w.block(b)
	}
	return w.out.Bytes()
}
