package samples

import (
	"fmt"

	"github.com/voicelane/realtime-go/recording"
)

const found = "I found three flights. The first leaves at seven ten and costs one hundred and twenty nine euros. The second leaves at nine forty, for ninety eight euros, with one stop in Vienna. The third leaves at eleven."

// Booking is a call of a minute in which a flight is booked, with text and sound: a slow
// tool and an interruption.
func Booking() *recording.Recording {
	s := newScript("rec_7f3a19", recording.KeepText, recording.KeepAudio)
	booking(s, 0)
	return s.ends(60_000)
}

func booking(s *script, from int) {
	s.answers(answer{at: from + 960, length: 3960, text: "Skylark Travel, good afternoon. Where would you like to go?"})
	done := s.said(from+6550, 2880, "I would like to fly to Berlin, on Tuesday morning.")
	done = s.calls(done+30, 4420, "search_flights", `{"to":"BER","day":"Tuesday"}`, `[{"at":"07:10","eur":129}]`, true)
	item, silent := s.answers(answer{at: done, length: 13_700, burst: 4000, heard: 5960, text: found})
	done = s.said(silent-590, 2400, "Stop. The seven ten one is fine.")
	s.cuts(silent, item, 5960, 5960)
	done = s.calls(done+30, 309, "book_flight", `{"flight":"07:10"}`, `{"seat":"14A"}`, true)
	s.answers(answer{at: done, length: 3400, text: "Booked. Seven ten on Tuesday, seat fourteen A."})
	done = s.said(from+31_000, 2700, "Great. Can you send the ticket to my e-mail?")
	s.answers(answer{at: done + 30, length: 6100, text: "Of course. I am sending it now to the address in your profile, and the receipt with it."})
	done = s.said(from+44_300, 1500, "How much luggage can I take?")
	s.answers(answer{at: done + 30, length: 4100, text: "One bag of twenty three kilos, and one small bag for the cabin."})
	done = s.said(from+52_400, 2300, "Perfect, thank you. Goodbye.")
	s.answers(answer{at: done + 30, length: 2000, text: "Have a good flight. Goodbye."})
}

// Long is that call over and over, for a number of minutes.
func Long(minutes int) *recording.Recording {
	s := newScript("rec_long", recording.KeepText, recording.KeepAudio)
	for m := range minutes {
		booking(s, m*60_000)
	}
	return s.ends(minutes * 60_000)
}

// Broken are calls in which something went wrong, with text and without sound, by a name
// that does not say what.
func Broken() map[string]*recording.Recording {
	return map[string]*recording.Recording{
		"a": SilenceAfterTool(), "b": DoubleTalk(), "c": LateBargeIn(), "d": LostConnection(), "e": RefusedUpdate(),
	}
}

// SilenceAfterTool is a call in which the output of a tool was sent and no response was
// asked for.
func SilenceAfterTool() *recording.Recording {
	s := newScript("rec_a", recording.KeepText)
	s.answers(answer{at: 960, length: 2900, text: "City library, how can I help?"})
	done := s.said(5200, 2300, "Is The Magic Mountain on the shelf?")
	s.calls(done+30, 640, "lookup", `{"title":"The Magic Mountain"}`, `{"copies":2}`, false)
	s.said(18_400, 900, "Hello?")
	return s.ends(20_500)
}

// DoubleTalk is a call over a line whose echo is not cancelled, with interruptions off.
func DoubleTalk() *recording.Recording {
	s := newScript("rec_b", recording.KeepText)
	s.answers(answer{at: 960, length: 3000, text: "Harbour clinic, what can I do for you?"})
	done := s.said(5400, 2100, "I need an appointment for my daughter.")
	s.answers(answer{at: done + 30, length: 7200, text: "Certainly. We have free times on Monday at nine, on Wednesday at two, and on Friday at half past ten. Which of these suits you?"})
	done = s.said(10_900, 3300, "Certainly. We have free times on Wednesday please, Wednesday is fine.")
	s.answers(answer{at: done + 2700, length: 3500, text: "Did you want Monday, Wednesday or Friday?"})
	done = s.said(18_700, 2600, "I said did you want Wednesday. Why do you not listen?")
	s.answers(answer{at: done + 30, length: 2600, text: "I am sorry, could you repeat that?"})
	return s.ends(26_000)
}

// LateBargeIn is a call whose carrier plays two seconds of sound after it was told to stop.
func LateBargeIn() *recording.Recording {
	s := newScript("rec_c", recording.KeepText)
	s.answers(answer{at: 960, length: 2600, text: "Green Taxi, where shall we pick you up?"})
	done := s.said(4900, 2400, "At the station. How long will it take?")
	item, silent := s.answers(answer{at: done + 30, length: 9800, burst: 2100, heard: 3100, text: "A car will be with you in about nine minutes. You can wait at the north entrance, next to the flower shop. The driver will call you on arrival, and you can pay by card."})
	speech := silent - 2150
	done = s.said(speech, 2900, "Wait, the south entrance! I am at the south entrance.")
	s.cuts(speech+260, item, 3100, 1200)
	s.answers(answer{at: done + 30, length: 2800, text: "The south entrance, then. Nine minutes."})
	return s.ends(20_500)
}

// LostConnection is a call whose connection is lost in the middle of an answer.
func LostConnection() *recording.Recording {
	s := newScript("rec_d", recording.KeepText)
	s.answers(answer{at: 960, length: 2800, text: "Alpine Insurance, good morning."})
	done := s.said(5100, 2600, "I want to report water damage in my kitchen.")
	item, silent := s.answers(answer{at: done + 30, length: 4300, burst: 1700, broken: true})
	lost := done + 30 + 380 + 1750
	s.listens(lost)
	s.add(lost, 0, &recording.Lost{Code: 1006, Error: "connection reset"})
	s.conn = 2
	s.add(lost+900, 0, &recording.Dial{Took: ms(400), Attempt: 1, Error: "connection refused"})
	s.add(lost+2500, 0, &recording.Dial{Took: ms(600), Attempt: 2, Error: "connection refused"})
	s.add(lost+5200, 0, &recording.Dial{Took: ms(300), Attempt: 3, Status: 101})
	back := lost + 5400
	s.in(back-60, "session.created", `"session":{"type":"realtime","model":"`+model+`"}`)
	s.add(back, 0, &recording.Restored{Attempts: 3, Down: ms(5400), Items: 2, Lost: []recording.LostItem{{Item: item, Why: "incomplete"}}, SentLost: ms(1200)})
	s.anchor, s.appends = back, back
	done = s.said(max(back, silent)+1600, 1300, "Hello? Are you still there?")
	s.answers(answer{at: done + 30, length: 4600, text: "I am sorry, the line was gone for a moment. Please tell me about the damage again."})
	return s.ends(done + 7000)
}

// RefusedUpdate is a call whose agent did not get its instructions, since a wrong rate was
// in the same update.
func RefusedUpdate() *recording.Recording {
	s := newScript("rec_e", recording.KeepText)
	s.out(700, "session.update", `"event_id":"set_2","session":{"type":"realtime","instructions":"You sell garden furniture. Speak German only.","tools":[{"type":"function","name":"stock"}],"audio":{"input":{"format":{"type":"audio/pcm","rate":8000}}}}`)
	s.in(790, "error", `"error":{"type":"invalid_request_error","code":"invalid_value","param":"session.audio.input.format.rate","message":"Invalid value: 8000. Supported values are: 24000.","event_id":"set_2"}`)
	s.answers(answer{at: 1200, length: 2700, text: "Hello, how can I help you with your flight?"})
	done := s.said(5200, 2200, "Haben Sie Gartenstühle aus Holz?")
	s.answers(answer{at: done + 30, length: 4200, text: "I can only help with flights. Where would you like to go?"})
	done = s.said(13_400, 1800, "Ich will keinen Flug buchen.")
	s.answers(answer{at: done + 30, length: 2400, text: "Which day would you like to fly?"})
	return s.ends(20_000)
}

// Hostile is a call in which every text, id and name is an attack on a page.
func Hostile(attacks []string) *recording.Recording {
	s := newScript("rec_x", recording.KeepText, recording.KeepTools)
	at := 1000
	for i, x := range attacks {
		s.answers(answer{at: at, length: 900, text: x})
		done := s.said(at+2600, 700, x)
		call := fmt.Sprintf("%s%d", x, i)
		bad := false
		s.add(done, 0, &recording.Tool{ID: call, Name: x, Phase: recording.Start, Arguments: x})
		s.add(done+400, 0, &recording.Tool{ID: call, Name: x, Phase: recording.Finished, OK: &bad, Error: x, Output: x})
		s.add(done+410, 0, &recording.Failure{What: x, Request: x, RequestType: x, Type: x, Code: x, Param: x, Message: x})
		s.add(done+420, 0, &recording.Failure{What: "refused", Request: x, RequestType: x, Code: x, Param: x, Message: x})
		s.add(done+430, 0, &recording.Note{Text: x})
		s.add(done+440, 0, &recording.Unknown{K: x})
		s.in(done+450, x, `"x":`+quoted(x))
		s.add(done+460, 0, &recording.Lost{Code: 1006, Reason: x, Error: x})
		s.add(done+500, 0, &recording.Dial{Took: ms(10), Error: x})
		s.add(done+520, 0, &recording.Restored{Items: 1, Lost: []recording.LostItem{{Item: x, Why: x}}})
		at = done + 2000
	}
	rec := s.ends(at)
	rec.Header.ID = attacks[0]
	return rec
}
