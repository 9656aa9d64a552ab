package probe

import (
	"context"
	"encoding/base64"
	"errors"
	"time"
)

// silence is a second of it as 24 kHz PCM16.
var silence = make([]byte, 48_000)

var audioChecks = []check{
	{name: "audio/commit", about: "audio that was appended can be committed as an item", run: func(ctx context.Context, p *peer) error {
		if err := p.manual(ctx); err != nil {
			return err
		}
		if err := p.append(ctx, silence); err != nil {
			return err
		}
		_, err := p.request(ctx, "input_audio_buffer.commit", nil, "input_audio_buffer.committed")
		return err
	}},
	{name: "audio/commit-empty", about: "a commit without audio is refused", needs: "audio/commit", run: func(ctx context.Context, p *peer) error {
		if err := p.manual(ctx); err != nil {
			return err
		}
		return p.refused(ctx, "input_audio_buffer.commit", nil, "input_audio_buffer.committed")
	}},
	{name: "audio/clear", about: "audio that was appended can be cleared", run: func(ctx context.Context, p *peer) error {
		if err := p.append(ctx, silence); err != nil {
			return err
		}
		_, err := p.request(ctx, "input_audio_buffer.clear", nil, "input_audio_buffer.cleared")
		return err
	}},
	{name: "audio/truncate", about: "a spoken item can be truncated", needs: "response/audio", run: func(ctx context.Context, p *peer) error {
		if _, err := p.say(ctx, "Say hello."); err != nil {
			return err
		}
		done, err := p.respond(ctx, object{"output_modalities": []string{"audio"}})
		if err != nil {
			return err
		}
		output, _ := done.at("response", "output").([]any)
		if len(output) == 0 {
			return skipped("the response has no output")
		}
		item := event{members: object{"item": output[0]}}
		_, err = p.request(ctx, "conversation.item.truncate",
			object{"item_id": item.text("item", "id"), "content_index": 0, "audio_end_ms": 20}, "conversation.item.truncated")
		return err
	}},
}

var speechChecks = []check{
	{name: "speech/detected", about: "speech is detected: its start, its end, and the item of it", run: func(ctx context.Context, p *peer) error {
		if err := p.speak(ctx); err != nil {
			return err
		}
		for _, name := range []string{"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed"} {
			if _, err := p.await(ctx, name); err != nil {
				return err
			}
		}
		return nil
	}},
	{name: "speech/answered", about: "speech is answered by itself", needs: "speech/detected", run: func(ctx context.Context, p *peer) error {
		if err := p.speak(ctx); err != nil {
			return err
		}
		_, err := p.await(ctx, "response.done")
		return err
	}},
	{name: "speech/transcribed", about: "speech is transcribed", needs: "speech/detected", run: func(ctx context.Context, p *peer) error {
		if _, err := p.update(ctx, object{"audio": object{"input": object{"transcription": object{"model": p.o.Transcription}}}}); err != nil {
			return err
		}
		if err := p.speak(ctx); err != nil {
			return err
		}
		e, err := p.await(ctx, "conversation.item.input_audio_transcription.completed", "conversation.item.input_audio_transcription.failed")
		if err == nil && e.text("transcript") == "" {
			err = errors.New("the transcript is missing or empty")
		}
		return err
	}},
}

// manual switches turn detection off.
func (p *peer) manual(ctx context.Context) error {
	_, err := p.update(ctx, object{"audio": object{"input": object{"turn_detection": nil}}})
	return err
}

// append appends audio in pieces of 100 ms.
func (p *peer) append(ctx context.Context, sound []byte) error {
	const piece = 4800
	for len(sound) > 0 {
		n := min(piece, len(sound))
		if _, err := p.send(ctx, "input_audio_buffer.append", object{"audio": base64.StdEncoding.EncodeToString(sound[:n])}); err != nil {
			return err
		}
		sound = sound[n:]
	}
	return nil
}

// speak sends the sentence, and enough silence after it for its end to be detected.
func (p *peer) speak(ctx context.Context) error {
	if len(p.o.Speech) == 0 {
		return skipped("needs Options.Speech")
	}
	if err := p.append(ctx, p.o.Speech); err != nil {
		return err
	}
	const after = 2 * time.Second
	for range int(after / time.Second) {
		if err := p.append(ctx, silence); err != nil {
			return err
		}
	}
	return nil
}
