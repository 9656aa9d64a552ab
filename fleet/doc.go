// Package fleet spreads SIP calls over processes, so that no call ends with one: a process
// may crash, be deployed over or be cut off, and another one goes on with its calls. A call
// lives at the service; its sideband session can be attached again.
//
// The engine is NATS JetStream: at an address, or inside of the process by package
// fleet/inproc.
//
//	f, err := fleet.Open(ctx, &fleet.Config{URL: "tls://nats.internal:4222"})
//	hook, err := calls.NewHandler(&calls.HandlerConfig{Call: f.Offer})
//	go http.ListenAndServe(":8080", hook)
//	err = f.Work(ctx, calls.New(client), &fleet.Worker{Plan: plan})
//
// Offer and Work may run in different processes, any number of each.
//
// # A call
//
// Offer stores a call, and the webhook is answered when a majority of the servers has it.
// One worker takes the call, writes itself as its owner, accepts it, and extends its lease
// while the call runs. A worker that ends leaves its calls: others have them within
// milliseconds, as far as they have places. The calls of one that dies are taken over when
// their lease has ended, [Config].Lease after the last sign of life.
//
// A plan for such a call comes from [Worker].Resume. [Job.Converse] goes on with the
// conversation of an agent; without an agent, [Job.Save] and [Job.Once] keep what the next
// worker has to know.
//
// # What is guaranteed
//
// A call whose webhook was answered with 200 is taken, has ended or waits, as long as a
// majority of the servers' disks lives and workers have places. At any time one worker has
// it, as long as clocks run at the same rate, within a few per cent. A Once func, and a tool
// with Once of an agent, is begun at most once: that is stored before it runs, in a way that
// a former owner cannot.
//
// # What is not
//
// Whether a func that had begun when its worker died had its effect is unknown, and is
// reported so. For up to a lease no worker answers calls of functions; the model goes on
// talking. If a majority of the NATS servers is out of reach for longer than the lease less
// 1.5 s, workers let their calls go, new webhooks are refused, and calls go on at the service
// without control until the servers are back. docs/fleet.md has all of it.
package fleet
