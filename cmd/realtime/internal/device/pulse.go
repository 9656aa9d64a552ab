package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jfreymuth/pulse"
)

const (
	latency  = 60 * time.Millisecond // that the loudspeaker holds
	fragment = 20 * time.Millisecond // that the microphone returns at a time
)

// Options choose devices.
type Options struct {
	// Microphone and Loudspeaker are names of [List]; "" is the system's choice.
	Microphone, Loudspeaker string
	// Half silences the microphone while the loudspeaker plays, for rooms without headphones
	// and without echo cancellation. The user then cannot interrupt.
	Half bool
}

// Device is a line over an open microphone and an open loudspeaker. Close it once it is not
// used any more.
type Device struct {
	*Line
	// Microphone and Loudspeaker are what people call them.
	Microphone, Loudspeaker string

	client *pulse.Client
	record *pulse.RecordStream
	play   *pulse.PlaybackStream
}

// UnavailableError is the reason why there is no sound.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("neither PulseAudio nor PipeWire answers: %v", e.Err)
}

// Unwrap returns Err.
func (e *UnavailableError) Unwrap() error { return e.Err }

func connect() (*pulse.Client, error) {
	client, err := pulse.NewClient(pulse.ClientApplicationName("realtime"), pulse.ClientApplicationIconName("audio-input-microphone"))
	if err != nil {
		return nil, &UnavailableError{err}
	}
	return client, nil
}

// Open opens the devices.
func Open(o Options) (d *Device, err error) {
	client, err := connect()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			client.Close()
		}
	}()
	source, sink, err := choose(client, o)
	if err != nil {
		return nil, err
	}
	d = &Device{Line: newLine(latency, o.Half), client: client, Microphone: source.Name(), Loudspeaker: sink.Name()}
	d.record, err = client.NewRecord(pulse.Int16Writer(d.recorded),
		pulse.RecordMono, pulse.RecordSampleRate(Format.Rate()), pulse.RecordSource(source), pulse.RecordLatency(fragment.Seconds()))
	if err != nil {
		return nil, fmt.Errorf("the microphone %q: %w", source.ID(), err)
	}
	d.play, err = client.NewPlayback(pulse.Int16Reader(d.playing),
		pulse.PlaybackMono, pulse.PlaybackSampleRate(Format.Rate()), pulse.PlaybackSink(sink), pulse.PlaybackLatency(latency.Seconds()))
	if err != nil {
		return nil, fmt.Errorf("the loudspeaker %q: %w", sink.ID(), err)
	}
	d.record.Start()
	d.play.Start()
	return d, nil
}

func choose(client *pulse.Client, o Options) (source *pulse.Source, sink *pulse.Sink, err error) {
	if o.Microphone == "" {
		source, err = client.DefaultSource()
	} else {
		source, err = client.SourceByID(o.Microphone)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the microphone %q: %w", o.Microphone, err)
	}
	if o.Loudspeaker == "" {
		sink, err = client.DefaultSink()
	} else {
		sink, err = client.SinkByID(o.Loudspeaker)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the loudspeaker %q: %w", o.Loudspeaker, err)
	}
	return source, sink, nil
}

// Close ends the line and releases the devices.
func (d *Device) Close() {
	_ = d.HangUp(context.Background()) // It does not fail.
	d.record.Close()
	d.play.Close()
	d.client.Close()
}

func (d *Device) recorded(samples []int16) (int, error) {
	p := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		p = binary.LittleEndian.AppendUint16(p, uint16(s)) //nolint:gosec // The bits of the sample.
	}
	d.hear(p)
	return len(samples), nil
}

func (d *Device) playing(samples []int16) (int, error) {
	p := make([]byte, 2*len(samples))
	d.speak(p)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(p[2*i:])) //nolint:gosec // The bits of the sample.
	}
	return len(samples), nil
}

// Listed is a device.
type Listed struct {
	// Kind is "microphone" or "loudspeaker".
	Kind string `json:"kind"`
	// Name is for Options, and Title what people call it.
	Name  string `json:"name"`
	Title string `json:"title"`
}

// List returns the devices that are there.
func List() ([]Listed, error) {
	client, err := connect()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	sources, err := client.ListSources()
	if err != nil {
		return nil, err
	}
	sinks, err := client.ListSinks()
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, s := range sources {
		all = append(all, Listed{"microphone", s.ID(), s.Name()})
	}
	for _, s := range sinks {
		all = append(all, Listed{"loudspeaker", s.ID(), s.Name()})
	}
	return all, nil
}
