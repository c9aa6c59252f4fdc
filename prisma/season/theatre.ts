import type { EventSpec } from './spec.ts'

export const theatre: readonly EventSpec[] = [
  {
    slug: 'rumah-di-ujung-rel',
    title: 'Rumah di Ujung Rel',
    organizer: 'panggung',
    city: 'Bandung',
    venue: 'Rumentang Siang',
    tags: ['teater', 'drama', 'keluarga'],
    description:
      'Tiga bersaudara pulang untuk menjual rumah ibu mereka yang berdiri sejengkal dari rel kereta. Setiap kali kereta lewat, satu rahasia ikut lewat. Lakon dua babak oleh Teater Simpang, sembilan puluh menit dengan satu jeda.',
    day: 13,
    weekday: 5,
    schedules: [
      ['Jumat malam', 0, '19:30', 2],
      ['Sabtu siang', 1, '14:00', 2],
      ['Sabtu malam', 1, '19:30', 2],
    ],
    categories: [
      ['Jumat malam', 85_000, 120, { schedule: 0, sold: 16 }],
      ['Sabtu siang', 65_000, 120, { schedule: 1 }],
      ['Sabtu malam', 85_000, 120, { schedule: 2 }],
    ],
  },
  {
    slug: 'wayang-semalam-suntuk',
    title: 'Wayang Semalam Suntuk: Dewa Ruci',
    organizer: 'panggung',
    city: 'Yogyakarta',
    venue: 'Pendapa Ambarbinangun',
    tags: ['wayang', 'tradisi', 'gamelan'],
    description:
      'Dalang muda menuturkan perjalanan Bima mencari air kehidupan sampai subuh. Teks terjemahan ditayangkan di sisi kelir, penonton boleh rebah di tikar, dan goro-goro pukul satu pagi dijamin membangunkan semua orang.',
    maxPerBuyer: 4,
    day: 32,
    weekday: 6,
    schedules: [['Semalam suntuk', 0, '21:00', 7.5]],
    categories: [
      ['Lesehan', 0, 300, { max: 4, description: 'Gratis; tikar disediakan.' }],
      ['Kursi depan', 100_000, 80],
      ['Kursi di balik kelir', 60_000, 60, { description: 'Menonton bayangan, seperti dahulu.' }],
    ],
    allowReentry: true,
  },
  {
    slug: 'surat-untuk-ibu-kota',
    title: 'Monolog: Surat untuk Ibu Kota',
    organizer: 'panggung',
    city: 'Jakarta',
    venue: 'Teater Kecil Cikini',
    tags: ['monolog', 'teater', 'kota'],
    description:
      'Seorang petugas kereta membacakan surat-surat yang tertinggal di gerbong selama dua puluh tahun. Satu aktor, satu bangku, dan suara kota yang direkam di dua belas stasiun.',
    day: 10,
    weekday: 6,
    schedules: [
      ['Pertunjukan pertama', 0, '16:00', 1.5],
      ['Pertunjukan kedua', 0, '20:00', 1.5],
    ],
    categories: [
      ['Sore', 75_000, 40, { schedule: 0, sold: 40 }],
      ['Malam', 90_000, 90, { schedule: 1 }],
    ],
  },
  {
    slug: 'geger-pasar-besar',
    title: 'Ketoprak: Geger Pasar Besar',
    organizer: 'panggung',
    city: 'Surakarta',
    venue: 'Gedung Kesenian Balekambang',
    tags: ['ketoprak', 'komedi', 'tradisi'],
    description:
      'Seekor sapi lepas, dua juragan bertengkar, dan seisi pasar ikut campur. Ketoprak berbahasa Jawa ngoko yang tetap mudah diikuti, dengan sisipan parikan yang menyentil kabar terbaru.',
    day: 29,
    weekday: 5,
    schedules: [['Pergelaran', 0, '20:00', 3]],
    categories: [
      ['Belakang', 30_000, 250],
      ['Depan', 60_000, 100],
    ],
  },
  {
    slug: 'cak-tebing-senja',
    title: 'Cak Tebing Senja',
    organizer: 'panggung',
    city: 'Denpasar',
    venue: 'Panggung Terbuka Ardha Candra',
    tags: ['tari', 'kecak', 'bali'],
    description:
      'Seratus penari cak mengisahkan pertempuran di Alengka dengan koreografi baru yang menggabungkan penari tunadaksa. Dimulai tepat saat matahari menyentuh pucuk pura, jadi jangan datang terlambat.',
    day: 54,
    weekday: 6,
    schedules: [
      ['Sabtu', 0, '18:00', 2],
      ['Minggu', 1, '18:00', 2],
    ],
    categories: [
      ['Sabtu', 125_000, 700, { schedule: 0 }],
      ['Minggu', 125_000, 700, { schedule: 1 }],
      ['Undakan utama – Sabtu', 200_000, 150, { schedule: 0 }],
    ],
  },
  {
    slug: 'randai-malin-di-rantau',
    title: 'Randai: Malin di Rantau',
    organizer: 'panggung',
    city: 'Padang',
    venue: 'Medan Nan Bapaneh Ladang Tari',
    tags: ['randai', 'minang', 'silek'],
    description:
      'Kisah anak yang pergi terlalu lama, diceritakan kembali dari sudut pandang sang ibu. Gerak silek, dendang, dan tepuk galembong berputar dalam lingkaran, sementara penonton duduk mengelilinginya.',
    day: -52,
    weekday: 6,
    status: 'ENDED',
    schedules: [['Malam randai', 0, '20:00', 3]],
    categories: [['Umum', 40_000, 260, { sold: 14 }]],
  },
  {
    slug: 'kancil-dan-kota-mimpi',
    title: 'Teater Boneka: Kancil dan Kota Mimpi',
    organizer: 'panggung',
    city: 'Malang',
    venue: 'Gedung Gajayana',
    tags: ['anak', 'boneka', 'keluarga'],
    description:
      'Kancil tersesat di kota yang tidak pernah tidur dan harus membujuk lampu jalan agar padam. Pertunjukan boneka empat puluh lima menit untuk anak usia empat tahun ke atas, disusul kesempatan memainkan bonekanya.',
    day: 21,
    weekday: 0,
    schedules: [
      ['Pertunjukan pagi', 0, '10:00', 1.5],
      ['Pertunjukan siang', 0, '13:30', 1.5],
    ],
    categories: [
      ['Anak – pagi', 40_000, 120, { schedule: 0 }],
      ['Pendamping – pagi', 50_000, 120, { schedule: 0 }],
      ['Anak – siang', 40_000, 120, { schedule: 1 }],
      ['Pendamping – siang', 50_000, 120, { schedule: 1 }],
    ],
  },
]
