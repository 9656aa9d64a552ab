package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/realtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranslate(t *testing.T) {
	t.Setenv("LIVE", "")
	cfg, end := offline.Config(server)
	defer end()
	var text bytes.Buffer
	out := filepath.Join(t.TempDir(), "pt.wav")
	require.NoError(t, run(t.Context(), cfg, filepath.Join("..", "demo", "recordings", "question.wav"), "pt", out, &text))
	assert.Equal(t, "\nsaid: What will the weather be like in Lisbon on Saturday?\npt: Como vai estar o tempo em Lisboa no sábado?\n", text.String())
	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	wav, err := audio.ReadWAV(f, nil)
	require.NoError(t, err)
	assert.Equal(t, 2*time.Second, wav.Length())
	require.ErrorIs(t, run(t.Context(), cfg, "missing.wav", "pt", out, &text), os.ErrNotExist)
	client, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	broken := errors.New("the disk is gone")
	require.ErrorIs(t, translate(t.Context(), client, iotest.ErrReader(broken), "pt", io.Discard, io.Discard), broken)
}
