package inproc_test

import (
	"context"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/voicelane/realtime-go/fleet/inproc"
)

// storeAndDie stores a message and kills its process once that is confirmed.
func storeAndDie(dir string) error {
	ctx := context.Background()
	s, err := inproc.Start(ctx, dir)
	if err != nil {
		return err
	}
	js, err := jetstream.New(s.Conn)
	if err != nil {
		return err
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		return err
	}
	if _, err := js.Publish(ctx, "s", []byte("kept")); err != nil {
		return err
	}
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := p.Kill(); err != nil {
		return err
	}
	select {}
}
