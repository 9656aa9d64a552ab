package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest"
)

// pulseServer starts a PulseAudio server with two null sinks. What is played into "mic" is
// heard by the microphone "mic.monitor".
func pulseServer(t *testing.T) (address string) {
	t.Helper()
	need(t, "pulseaudio", "PULSE_REQUIRED")
	need(t, "paplay", "PULSE_REQUIRED")
	dir, err := os.MkdirTemp("", "pulse") //nolint:usetesting // Paths of sockets are short.
	require.NoError(t, err)
	socket := filepath.Join(dir, "s")
	cmd := exec.Command("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes", "--log-target=stderr",
		"-L", "module-null-sink sink_name=mic", "-L", "module-null-sink sink_name=speaker",
		"-L", "module-native-protocol-unix auth-anonymous=1 socket="+socket)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "PULSE_RUNTIME_PATH=" + filepath.Join(dir, "run")}
	var log bytes.Buffer
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	})
	require.Eventually(t, func() bool {
		info := exec.Command("pactl", "info")
		info.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "PULSE_SERVER=unix:" + socket}
		return info.Run() == nil
	}, 20*time.Second, 50*time.Millisecond)
	return "unix:" + socket
}

// pulse runs a program of PulseAudio.
func pulse(t *testing.T, address, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "PULSE_SERVER=" + address}
	return cmd
}

// TestTalkOverDevices speaks into a microphone of PulseAudio and listens at its loudspeaker:
// the answer is heard there, and with -half the microphone is silent meanwhile.
func TestTalkOverDevices(t *testing.T) {
	t.Parallel()
	address := pulseServer(t)
	srv := testServer(t, &realtimetest.Config{Pace: 4, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Good morning."}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Hello, and welcome!", Audio: realtimetest.Tone(2 * time.Second)}}}},
	}})
	env := []string{"OPENAI_BASE_URL=" + srv.URL, "PULSE_SERVER=" + address}
	devices := realtimeIn(t, command(t, env, "talk", "-devices"))
	assert.Regexp(t, `(?m)^microphone   mic\.monitor  \(.+\)$`, devices.stdout)
	assert.Regexp(t, `(?m)^loudspeaker  speaker  \(.+\)$`, devices.stdout)

	run := startCommand(t, command(t, env, "talk", "-json", "-half", "-microphone", "mic.monitor", "-loudspeaker", "speaker"))
	assert.Contains(t, run.out.next(), `"session"`)
	listening := pulse(t, address, "parec", "-d", "speaker.monitor", "--rate=24000", "--channels=1", "--format=s16le")
	var heard bytes.Buffer
	listening.Stdout = &heard
	require.NoError(t, listening.Start())
	speakInto(t, address)

	var turn talkEvent
	for turn.Kind != "turn" {
		line := run.out.next()
		require.NotEmpty(t, line, run.stderr.String())
		require.NoError(t, json.Unmarshal([]byte(line), &turn))
	}
	assert.Equal(t, "Good morning.", turn.User)
	assert.Equal(t, "Hello, and welcome!", turn.Text)
	assert.False(t, turn.Cut)
	assert.Positive(t, turn.Wait)
	require.NoError(t, listening.Process.Signal(os.Interrupt))
	_ = listening.Wait()
	assert.InDelta(t, 2, loud(heard.Bytes()).Seconds(), 0.3, "the whole answer was heard, without gaps")

	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
	assert.Regexp(t, `^realtime: microphone .+, loudspeaker .+; Ctrl-C ends\n$`, run.stderr.String())
	endsInGoodOrder(t, srv, address)
}

// endsInGoodOrder waits for the end of the first connection, which is a clean one, and expects
// that no device is in use.
func endsInGoodOrder(t *testing.T, srv *realtimetest.Server, address string) {
	t.Helper()
	conn := srv.Conns()[0]
	<-conn.Done()
	code, _, _ := conn.Closed()
	assert.Equal(t, 1000, code)
	left := pulse(t, address, "pactl", "list", "short", "sink-inputs")
	out, err := left.Output()
	require.NoError(t, err)
	assert.Empty(t, strings.TrimSpace(string(out)), "the devices are released")
}

// speakInto plays a second of speech into the null sink of the microphone.
func speakInto(t *testing.T, address string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "me.wav")
	writeWAV(t, name, speech(0, time.Second), audio.PCM24k, 1)
	require.NoError(t, pulse(t, address, "paplay", "-d", "mic", name).Run())
}

// TestTranslateOverDevices speaks into a microphone and listens at the loudspeaker: captions
// are in both languages, and the translation is heard, unless it is muted. Ctrl-C waits for
// the rest of what was said.
func TestTranslateOverDevices(t *testing.T) {
	t.Parallel()
	for _, muted := range []bool{false, true} {
		t.Run(map[bool]string{false: "spoken", true: "muted"}[muted], func(t *testing.T) {
			t.Parallel()
			address := pulseServer(t)
			srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
				{Text: "Good morning.", Translation: "Bom dia.", Translated: realtimetest.Tone(time.Second)},
			}}})
			args := []string{"translate", "-to", "pt", "-json", "-out", "pt.wav", "-microphone", "mic.monitor", "-loudspeaker", "speaker"}
			if muted {
				args = append(args, "-mute")
			}
			listening := pulse(t, address, "parec", "-d", "speaker.monitor", "--rate=24000", "--channels=1", "--format=s16le")
			speaker, err := listening.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, listening.Start())
			cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL, "PULSE_SERVER=" + address}, args...)
			run := startCommand(t, cmd)
			conn, err := srv.Accept(t.Context())
			require.NoError(t, err)
			_, err = conn.WaitFor(t.Context(), realtimetest.Is(realtimetest.Received, "session.input_audio_buffer.append"))
			require.NoError(t, err)
			speakInto(t, address)
			assert.Contains(t, run.out.next(), `"kind":"user","text":"Good morning."}`)
			assert.Contains(t, run.out.next(), `"kind":"pt","text":"Bom dia."}`)
			var heard []byte
			for piece := make([]byte, 4800); !muted && loud(heard) < 900*time.Millisecond; heard = append(heard, piece...) {
				_, err := io.ReadFull(speaker, piece)
				require.NoError(t, err)
			}
			status, rest := run.interrupt()
			assert.Equal(t, 130, status)
			assert.Empty(t, rest)
			require.NoError(t, listening.Process.Signal(os.Interrupt))
			heardAfter, err := io.ReadAll(speaker)
			require.NoError(t, err)
			_ = listening.Wait()
			if muted {
				assert.Zero(t, loud(heardAfter))
			}
			translated, err := readSound(filepath.Join(cmd.Dir, "pt.wav"))
			require.NoError(t, err)
			assert.Equal(t, time.Second, audio.PCM24k.Duration(len(translated)))
			endsInGoodOrder(t, srv, address)
		})
	}
}

// loud returns the time in which a sound is louder than -50 dBFS.
func loud(sound []byte) (d time.Duration) {
	for window := audio.PCM24k.Bytes(20 * time.Millisecond); len(sound) >= window; sound = sound[window:] {
		if audio.PCM24k.Level(sound[:window]) > -50 {
			d += 20 * time.Millisecond
		}
	}
	return d
}
