// The pages of the sidebar, by their paths below docs. TestSiteHasEveryPage compares them with
// the files.

export const guides = [
  { text: 'A first agent', link: '/guide/first-agent' },
  { text: 'Tools, hand-offs and guards', link: '/guide/tools' },
  { text: 'A telephone number', link: '/guide/phone' },
  { text: 'Transcription', link: '/guide/transcription' },
  { text: 'Translation', link: '/guide/translation' },
  { text: 'A web page', link: '/guide/browser' },
  { text: 'Testing', link: '/guide/testing' },
  { text: 'Observing', link: '/guide/observing' },
  { text: 'Cost', link: '/guide/cost' },
  { text: 'Many calls', link: '/guide/scale' },
  { text: 'Other servers', link: '/compatible-servers' },
  { text: 'How do I …', link: '/guide/how-do-i' },
]

export const sdks = [
  { text: 'openai-go', link: '/from-openai-go' },
  { text: 'How openai-go behaves', link: '/openai-go' },
  { text: 'The community client', link: '/from-community-client' },
  { text: 'TypeScript', link: '/from-typescript' },
  { text: 'What the model is told by both', link: '/agents-typescript' },
  { text: 'Endpoints of the beta', link: '/deprecated-endpoints' },
]

export const reference = [
  { text: 'The command', link: '/command' },
  { text: 'Telephone lines', link: '/telephony' },
  { text: 'Fleets', link: '/fleet' },
  { text: 'Sizes of fleets', link: '/scale' },
  { text: 'Conversations as tests', link: '/testing' },
  { text: 'The test server', link: '/test-server' },
  { text: 'The recording format', link: '/recording' },
  { text: 'A call as a page', link: '/view' },
  { text: 'Figures', link: '/figures' },
  { text: 'Decisions', link: '/decisions' },
  { text: 'Documents for the generator', link: '/documents' },
]
