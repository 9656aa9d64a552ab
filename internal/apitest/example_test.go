package apitest_test

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/voicelane/realtime-go/gen/api"
)

// show prints the JSON of an event, one member per line.
func show(e api.ClientEvent) {
	if err := e.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(e); err != nil {
		fmt.Println(err)
	}
}

// Configure a session: instructions, a voice, and turn detection.
func Example_sessionUpdate() {
	show(&api.SessionUpdate{Session: &api.RealtimeSessionConfig{
		Instructions: new("You are the receptionist of a hotel."),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Format:         &api.AudioPCM{},
				Transcription:  api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPT4oTranscribe)}),
				NoiseReduction: api.Value(api.NoiseReduction{Type: new(api.NoiseReductionTypeNearField)}),
				TurnDetection:  &api.ServerVAD{Threshold: new(0.6), InterruptResponse: new(false)},
			},
			Output: &api.AudioOutput{Voice: api.VoiceMarin},
		},
		Truncation: &api.RetentionRatio{RetentionRatio: 0.8},
	}})
	// Output:
	// {
	//   "type": "session.update",
	//   "session": {
	//     "type": "realtime",
	//     "instructions": "You are the receptionist of a hotel.",
	//     "audio": {
	//       "input": {
	//         "format": {
	//           "type": "audio/pcm",
	//           "rate": 24000
	//         },
	//         "transcription": {
	//           "model": "gpt-4o-transcribe"
	//         },
	//         "noise_reduction": {
	//           "type": "near_field"
	//         },
	//         "turn_detection": {
	//           "type": "server_vad",
	//           "threshold": 0.6,
	//           "interrupt_response": false
	//         }
	//       },
	//       "output": {
	//         "voice": "marin"
	//       }
	//     },
	//     "truncation": {
	//       "type": "retention_ratio",
	//       "retention_ratio": 0.8
	//     }
	//   }
	// }
}

// Null turns a setting off; nil leaves it unchanged.
func Example_turnOff() {
	show(&api.SessionUpdate{Session: &api.RealtimeSessionConfig{
		Instructions: new(""),
		Tools:        []api.Tool{},
		Tracing:      api.Null{},
		Audio: &api.SessionAudio{Input: &api.AudioInput{
			Transcription: api.NullOf[api.AudioTranscription](),
			TurnDetection: api.Null{},
		}},
	}})
	// Output:
	// {
	//   "type": "session.update",
	//   "session": {
	//     "type": "realtime",
	//     "instructions": "",
	//     "audio": {
	//       "input": {
	//         "transcription": null,
	//         "turn_detection": null
	//       }
	//     },
	//     "tracing": null,
	//     "tools": []
	//   }
	// }
}

// Offer the model a function of the program and an MCP server.
func Example_tools() {
	show(&api.SessionUpdate{Session: &api.RealtimeSessionConfig{
		Tools: []api.Tool{
			&api.FunctionTool{
				Name:        "free_rooms",
				Description: new("Tells how many rooms are free on a day."),
				Parameters:  json.RawMessage(`{"type":"object","properties":{"day":{"type":"string"}}}`),
			},
			&api.MCPTool{
				ServerLabel:     "bookings",
				ServerURL:       new("https://mcp.example.com"),
				AllowedTools:    api.MCPToolNames{"find", "book"},
				RequireApproval: &api.MCPApprovalFilter{Always: &api.MCPToolFilter{ToolNames: []string{"book"}}},
			},
		},
		ToolChoice: &api.ToolChoiceFunction{Name: "free_rooms"},
	}})
	// Output:
	// {
	//   "type": "session.update",
	//   "session": {
	//     "type": "realtime",
	//     "tools": [
	//       {
	//         "type": "function",
	//         "name": "free_rooms",
	//         "description": "Tells how many rooms are free on a day.",
	//         "parameters": {
	//           "type": "object",
	//           "properties": {
	//             "day": {
	//               "type": "string"
	//             }
	//           }
	//         }
	//       },
	//       {
	//         "type": "mcp",
	//         "server_label": "bookings",
	//         "server_url": "https://mcp.example.com",
	//         "allowed_tools": [
	//           "find",
	//           "book"
	//         ],
	//         "require_approval": {
	//           "always": {
	//             "tool_names": [
	//               "book"
	//             ]
	//           }
	//         }
	//       }
	//     ],
	//     "tool_choice": {
	//       "type": "function",
	//       "name": "free_rooms"
	//     }
	//   }
	// }
}

// A transcription session transcribes its input and gives no responses.
func Example_transcriptionSession() {
	show(&api.SessionUpdate{Session: &api.TranscriptionSessionConfig{
		Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
			Transcription: api.Value(api.AudioTranscription{
				Model:    new(api.TranscriptionModelGPT4oTranscribe),
				Language: api.Value("en"),
			}),
		}},
		Include: api.Value([]api.Include{api.IncludeItemInputAudioTranscriptionLogprobs}),
	}})
	// Output:
	// {
	//   "type": "session.update",
	//   "session": {
	//     "type": "transcription",
	//     "audio": {
	//       "input": {
	//         "transcription": {
	//           "model": "gpt-4o-transcribe",
	//           "language": "en"
	//         }
	//       }
	//     },
	//     "include": [
	//       "item.input_audio_transcription.logprobs"
	//     ]
	//   }
	// }
}

// Insert a message after the item previous_item_id; "root" makes it the first.
func Example_insertItem() {
	show(&api.ConversationItemCreate{
		PreviousItemID: new("root"),
		Item:           api.SystemText("The caller is in Oslo."),
	})
	// Output:
	// {
	//   "type": "conversation.item.create",
	//   "previous_item_id": "root",
	//   "item": {
	//     "type": "message",
	//     "role": "system",
	//     "content": [
	//       {
	//         "type": "input_text",
	//         "text": "The caller is in Oslo."
	//       }
	//     ]
	//   }
	// }
}

// The output of a function call is an item of the conversation. The client must request
// a response after it.
func Example_functionOutput() {
	show(&api.ConversationItemCreate{Item: api.FunctionOutput("call_1", `{"rooms":3}`)})
	show(&api.ResponseCreate{})
	// Output:
	// {
	//   "type": "conversation.item.create",
	//   "item": {
	//     "type": "function_call_output",
	//     "call_id": "call_1",
	//     "output": "{\"rooms\":3}"
	//   }
	// }
	// {
	//   "type": "response.create"
	// }
}

// A response outside the conversation has its own input, which may refer to existing
// items.
func Example_outOfBandResponse() {
	show(&api.ResponseCreate{Response: &api.ResponseParams{
		Conversation:     new(api.ResponseConversationNone),
		OutputModalities: []api.Modality{api.ModalityText},
		Metadata:         api.Value(api.Metadata{"purpose": "summary"}),
		Prompt: api.Value(api.Prompt{
			ID:        "pmpt_1",
			Variables: api.Value(api.PromptVariables{"guest": api.PromptString("Ada")}),
		}),
		Input: []api.InputItem{
			&api.ItemReference{ID: "item_1"},
			api.UserText("Sum up what was said."),
		},
		MaxOutputTokens: api.TokenLimitInf,
	}})
	// Output:
	// {
	//   "type": "response.create",
	//   "response": {
	//     "output_modalities": [
	//       "text"
	//     ],
	//     "max_output_tokens": "inf",
	//     "conversation": "none",
	//     "metadata": {
	//       "purpose": "summary"
	//     },
	//     "prompt": {
	//       "id": "pmpt_1",
	//       "variables": {
	//         "guest": "Ada"
	//       }
	//     },
	//     "input": [
	//       {
	//         "type": "item_reference",
	//         "id": "item_1"
	//       },
	//       {
	//         "type": "message",
	//         "role": "user",
	//         "content": [
	//           {
	//             "type": "input_text",
	//             "text": "Sum up what was said."
	//           }
	//         ]
	//       }
	//     ]
	//   }
	// }
}

// Validate finds a value outside its bounds before the event is sent.
func Example_validate() {
	show(&api.SessionUpdate{Session: &api.RealtimeSessionConfig{
		Audio: &api.SessionAudio{Input: &api.AudioInput{
			TurnDetection: &api.ServerVAD{Threshold: new(2.0)},
		}},
	}})
	// Output: session.audio.input.turn_detection.threshold: must be between 0 and 1, is 2
}

// Unknown members are kept, and can be set.
func Example_extra() {
	config := &api.RealtimeSessionConfig{}
	config.Extra.Set("mood", json.RawMessage(`"calm"`))
	show(&api.SessionUpdate{Session: config})
	// Output:
	// {
	//   "type": "session.update",
	//   "session": {
	//     "type": "realtime",
	//     "mood": "calm"
	//   }
	// }
}

// Handle an event by its type.
func Example_decode() {
	for _, data := range []string{
		`{"type":"response.output_audio.delta","event_id":"event_1","delta":"AAAA"}`,
		`{"type":"conversation.item.input_audio_transcription.delta","event_id":"event_2","delta":"Good"}`,
		`{"type":"conversation.item.input_audio_transcription.completed","event_id":"event_3","transcript":"Good day."}`,
		`{"type":"conversation.item.input_audio_transcription.segment","event_id":"event_4","speaker":"A","text":"Good day.","start":0.5,"end":1.25}`,
		`{"type":"error","event_id":"event_5","error":{"type":"invalid_request_error","message":"No such item."}}`,
		`{"type":"hologram.delta","event_id":"event_6"}`,
	} {
		event, err := api.DecodeServerEvent([]byte(data))
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := event.(type) {
		case *api.ResponseOutputAudioDelta:
			fmt.Println("audio:", len(e.Delta), "bytes")
		case *api.ConversationItemInputAudioTranscriptionDelta:
			fmt.Println("heard so far:", e.Delta)
		case *api.ConversationItemInputAudioTranscriptionCompleted:
			fmt.Println("heard:", e.Transcript)
		case *api.ConversationItemInputAudioTranscriptionSegment:
			fmt.Printf("%s from %gs to %gs: %s\n", e.Speaker, e.Start, e.End, e.Text)
		case *api.ErrorEvent:
			fmt.Println("error:", e.Error.Message)
		case *api.UnknownServerEvent:
			fmt.Println("unknown:", e.Type)
		default:
			fmt.Println("not handled:", e.EventType())
		}
	}
	// Output:
	// audio: 3 bytes
	// heard so far: Good
	// heard: Good day.
	// A from 0.5s to 1.25s: Good day.
	// error: No such item.
	// unknown: hologram.delta
}
