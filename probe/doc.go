// Package probe finds out what a server that speaks the Realtime protocol can and cannot
// do: whether it answers updates, echoes ids, detects speech, calls tools, transcribes,
// and how it refuses and closes.
//
//	report, err := probe.Run(ctx, client, realtime.Model("gpt-realtime"), nil)
//	…
//	fmt.Print(report.Markdown())
//	os.Exit(report.ExitStatus())
//
// The probe speaks for itself in plain JSON over a [realtime.RawSession], so that it sees
// what arrives and not what a session makes of it. It asks for a few short responses,
// which a paid service charges for.
package probe
