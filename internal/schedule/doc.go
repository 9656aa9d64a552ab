// Package schedule holds a test alone. It plays random schedules of a session: what
// several senders do and when, which frames of which connections break, and how and when
// the session ends. Everything runs on the clock of testing/synctest against the
// in-process server, and is compared with a model of what the program may expect:
//
//	go test ./internal/schedule                      # 500 schedules
//	go test ./internal/schedule -schedules 10000
//	go test ./internal/schedule -run 'RandomSchedules/seed_7$'
//	go test ./internal/schedule -run Replay -replay schedule.txt
//
// A schedule is data. One that fails is made as short as it can be and still fail, and
// is printed as the text that -replay plays again.
package schedule
