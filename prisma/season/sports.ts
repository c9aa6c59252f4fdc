import type { EventSpec } from './spec.ts'

export const sports: readonly EventSpec[] = [
  {
    slug: 'lari-pagi-gedung-sate',
    title: 'Lari Pagi Gedung Sate 10K',
    organizer: 'gelora',
    city: 'Bandung',
    venue: 'Halaman Gedung Sate',
    tags: ['lari', '10k', 'pagi'],
    description:
      'Rute sepuluh kilometer lewat pohon-pohon tua Dago dan turunan Siliwangi sebelum kota bangun. Ada kelompok pemandu untuk pelari pemula, air minum tiap dua kilometer, dan kupat tahu di garis akhir.',
    day: 36,
    weekday: 0,
    schedules: [['Hari lomba', 0, '05:30', 4]],
    categories: [
      ['5K', 175_000, 1500],
      ['10K', 225_000, 1500],
      ['5K Pelajar', 100_000, 300, { max: 2 }],
    ],
  },
  {
    slug: 'lereng-merapi-trail',
    title: 'Lereng Merapi Trail Run',
    organizer: 'rasa',
    city: 'Yogyakarta',
    venue: 'Bumi Perkemahan Kaliurang',
    tags: ['lari lintas alam', 'gunung', 'trail'],
    description:
      'Menyusuri hutan pinus, sungai lahar kering, dan kebun salak di kaki gunung. Perlengkapan wajib diperiksa malam sebelumnya. Seluruh rute dijaga relawan desa dan tim SAR setempat.',
    day: 50,
    weekday: 6,
    schedules: [
      ['Pemeriksaan perlengkapan', 0, '14:00', 5],
      ['Hari lomba', 1, '05:00', 9],
    ],
    categories: [
      ['25K', 450_000, 30, { sold: 30, max: 5 }],
      ['10K', 275_000, 400, { sold: 24 }],
      ['Jalan santai 5K', 90_000, 300],
    ],
  },
  {
    slug: 'liga-futsal-kampus',
    title: 'Final Liga Futsal Kampus',
    organizer: 'gelora',
    city: 'Surabaya',
    venue: 'GOR Kertajaya',
    tags: ['futsal', 'kampus', 'final'],
    description:
      'Empat tim tersisa dari tiga puluh dua fakultas. Semifinal hari Sabtu, final putra dan putri hari Minggu, dengan tabuhan suporter sebagai lagu latarnya. Jersey lawas boleh dipakai, flare tidak.',
    day: 17,
    weekday: 6,
    schedules: [
      ['Semifinal', 0, '16:00', 5],
      ['Final', 1, '17:00', 5],
    ],
    categories: [
      ['Semifinal', 25_000, 800, { schedule: 0, max: 8 }],
      ['Final', 40_000, 800, { schedule: 1, max: 8 }],
      ['Terusan', 55_000, 300, { max: 8 }],
    ],
    gates: {
      'Pintu A': ['Semifinal', 'Terusan'],
      'Pintu B': ['Final', 'Terusan'],
    },
  },
  {
    slug: 'voli-pasir-serangan',
    title: 'Turnamen Voli Pasir Serangan',
    organizer: 'gelora',
    city: 'Denpasar',
    venue: 'Pantai Serangan',
    tags: ['voli', 'pantai', 'turnamen'],
    description:
      'Dua puluh empat pasangan dari Bali, Lombok, dan Banyuwangi bertanding di atas pasir putih. Penonton bebas berpindah lapangan, ada tenda teduh untuk keluarga, dan klinik voli gratis bagi anak sekolah dasar.',
    day: 71,
    weekday: 6,
    schedules: [
      ['Babak grup', 0, '08:00', 9],
      ['Babak gugur', 1, '08:00', 9],
    ],
    categories: [
      ['Harian', 35_000, 600, { max: 6 }],
      ['Tenda keluarga', 250_000, 30, { max: 1 }],
    ],
  },
  {
    slug: 'basket-3x3-deli',
    title: 'Basket 3x3 Deli Terbuka',
    organizer: 'gelora',
    city: 'Medan',
    venue: 'Lapangan Cadika',
    tags: ['basket', '3x3', 'jalanan'],
    description:
      'Bola oranye, satu ring, sepuluh menit. Tim jalanan dan tim kampus beradu di lapangan terbuka dengan pemandu acara yang tak pernah kehabisan julukan. Lomba tembakan tiga angka terbuka bagi penonton.',
    day: 46,
    weekday: 0,
    schedules: [['Hari pertandingan', 0, '09:00', 10]],
    categories: [
      ['Tribun', 30_000, 500, { max: 6 }],
      ['Pinggir lapangan', 75_000, 80],
    ],
  },
  {
    slug: 'piala-esports-nusantara',
    title: 'Piala E-sports Nusantara',
    organizer: 'gelora',
    city: 'Jakarta',
    venue: 'Balai Sarbini',
    tags: ['e-sports', 'gim', 'final'],
    description:
      'Delapan tim provinsi terbaik memperebutkan piala di panggung utama, disiarkan langsung dengan komentator berbahasa daerah. Di lobi ada area coba gim buatan studio lokal dan turnamen kecil untuk penonton.',
    day: 88,
    weekday: 6,
    salesIn: 16,
    schedules: [
      ['Perempat final', 0, '11:00', 9],
      ['Semifinal dan final', 1, '12:00', 9],
    ],
    categories: [
      ['Hari pertama', 65_000, 900, { schedule: 0 }],
      ['Hari final', 110_000, 900, { schedule: 1 }],
      ['Terusan dengan tas', 210_000, 200, { max: 2 }],
    ],
  },
  {
    slug: 'gowes-pesisir-makassar',
    title: 'Gowes Pesisir Makassar',
    organizer: 'rasa',
    city: 'Makassar',
    venue: 'Center Point of Indonesia',
    tags: ['sepeda', 'keluarga', 'pagi'],
    description:
      'Dua ratus pesepeda berkeliling pesisir sejauh dua puluh kilometer, berhenti untuk sarapan songkolo, lalu kembali sebelum panas. Acara telah selesai; foto peserta dapat diambil di sekretariat.',
    day: -33,
    weekday: 0,
    status: 'ENDED',
    schedules: [['Pagi', 0, '06:00', 4]],
    categories: [
      ['Perorangan', 80_000, 150, { sold: 19 }],
      ['Keluarga', 200_000, 30, { sold: 6, max: 2 }],
    ],
  },
  {
    slug: 'dayung-danau-maninjau',
    title: 'Lomba Dayung Danau Maninjau',
    organizer: 'gelora',
    city: 'Padang',
    venue: 'Dermaga Linggai',
    tags: ['dayung', 'danau', 'nagari'],
    description:
      'Biduk nagari dengan sepuluh pendayung beradu cepat melintasi danau, seperti yang dilakukan leluhur mereka sehabis panen. Rancangan acara masih dibahas bersama wali nagari.',
    day: 110,
    weekday: 6,
    status: 'DRAFT',
    schedules: [['Hari lomba', 0, '08:00', 8]],
    categories: [
      ['Penonton dermaga', 30_000, 400],
      ['Kapal penonton', 120_000, 60],
    ],
  },
]
