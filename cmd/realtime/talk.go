package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
)

// talking is the subcommand talk.
type talking struct {
	server
	agent, instructions, greeting, voice string
	in, out, record                      string
	text, plain, devices                 bool
	device                               device.Options
}

func newTalk() *cobra.Command {
	t := &talking{}
	cmd := &cobra.Command{
		Use:   "talk",
		Short: "Talk with a model, by voice or in writing",
		Long: `Talk with a model over the microphone and the loudspeaker of PulseAudio or PipeWire, in
writing with -text, or with a WAV file as the user's voice.

Use headphones, or -half: a model that hears itself interrupts itself. In a terminal there
are captions, meters, the wait for each answer and the cost, and what you write is said
as well; elsewhere, and with -plain, there are lines.`,
		Example: `  realtime talk -instructions "You are a terse librarian."
  realtime talk -text
  realtime talk -in question.wav -out both.wav
  echo hello | realtime talk -text`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := outputOf(cmd)
			if t.devices {
				return listDevices(out)
			}
			if t.out != "" && t.in == "" {
				return &usageError{errors.New("--out needs --in"), cmd.CommandPath()}
			}
			return t.run(cmd.Context(), out, cmd.InOrStdin())
		},
	}
	t.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&t.agent, "agent", "", "JSON `file` with an agent, as for realtime run")
	f.StringVar(&t.instructions, "instructions", "", "`text` for the model, in place of that of the file")
	f.StringVar(&t.greeting, "greeting", "", "`text` that the model says first")
	f.StringVar(&t.voice, "voice", "", "`name` of the model's voice, such as marin")
	f.BoolVar(&t.text, "text", false, "write instead of speaking: no device is needed")
	f.StringVar(&t.in, "in", "", "WAV `file` that speaks for the user: no device is needed")
	f.StringVarP(&t.out, "out", "o", "", "stereo WAV `file` for both sides of -in")
	f.StringVar(&t.record, "record", "", "`file` for a recording with texts, tools and sound, for realtime view")
	f.BoolVar(&t.plain, "plain", false, "print lines, in a terminal as well")
	f.BoolVar(&t.device.Half, "half", false, "silence the microphone while the model is heard, against echo")
	f.StringVar(&t.device.Microphone, "microphone", "", "`name` of the microphone, of -devices")
	f.StringVar(&t.device.Loudspeaker, "loudspeaker", "", "`name` of the loudspeaker, of -devices")
	f.BoolVar(&t.devices, "devices", false, "list the devices and exit")
	cmd.MarkFlagsMutuallyExclusive("text", "in")
	cmd.MarkFlagsMutuallyExclusive("text", "half")
	cmd.MarkFlagsMutuallyExclusive("in", "half")
	return cmd
}

// read returns the agent of the flags.
func (t *talking) read() (*agentFile, error) {
	f := &agentFile{Instructions: "You are a helpful voice assistant. Be brief."}
	if t.agent != "" {
		var err error
		if f, err = readAgent(t.agent); err != nil {
			return nil, err
		}
	}
	for value, to := range map[string]*string{t.instructions: &f.Instructions, t.greeting: &f.Greeting, t.voice: &f.Voice} {
		if value != "" {
			*to = value
		}
	}
	return f, nil
}

func listDevices(out *output) error {
	all, err := device.List()
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := out.show(d, "%-11s  %s  (%s)", d.Kind, d.Name, d.Title); err != nil {
			return err
		}
	}
	return nil
}

// onScreen reports whether the conversation is on the screen of a terminal.
func (t *talking) onScreen(out *output, stdin any) bool {
	return !t.plain && !out.json && isTerminal(out.Writer) && isTerminal(stdin) && os.Getenv("TERM") != "dumb"
}
