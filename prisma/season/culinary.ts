import type { EventSpec } from './spec.ts'

export const culinary: readonly EventSpec[] = [
  {
    slug: 'festival-soto-nusantara',
    title: 'Festival Soto Nusantara',
    organizer: 'rasa',
    city: 'Semarang',
    venue: 'Halaman Lawang Sewu',
    tags: ['soto', 'jajanan', 'keluarga'],
    description:
      'Dari soto bangkong sampai coto, dari kuah bening hingga santan kental: tiga puluh dua warung soto berjejer dalam satu halaman. Tiket termasuk lima kupon mangkuk kecil supaya perut masih punya tempat.',
    day: 25,
    weekday: 6,
    schedules: [
      ['Sabtu', 0, '08:00', 10],
      ['Minggu', 1, '08:00', 10],
    ],
    categories: [
      ['Sabtu', 75_000, 1000, { schedule: 0, max: 6 }],
      ['Minggu', 75_000, 1000, { schedule: 1, max: 6 }],
      ['Penikmat', 160_000, 150, { description: 'Berlaku dua hari, dua belas kupon.' }],
    ],
  },
  {
    slug: 'pasar-kopi-gayo',
    title: 'Pasar Kopi Gayo dan Mandailing',
    organizer: 'rasa',
    city: 'Medan',
    venue: 'Pos Bloc Medan',
    tags: ['kopi', 'petani', 'pasar'],
    description:
      'Petani kopi dari dataran tinggi menuangkan sendiri hasil panennya. Ikuti uji cita rasa, belajar menyangrai dengan wajan tanah liat, atau sekadar mengobrol tentang harga ceri merah tahun ini.',
    day: 40,
    weekday: 6,
    schedules: [['Sehari penuh', 0, '09:00', 10]],
    categories: [
      ['Masuk', 40_000, 900, { max: 6 }],
      ['Uji cita rasa', 130_000, 60, { max: 2 }],
    ],
  },
  {
    slug: 'hari-merandang',
    title: 'Hari Marandang Bersama',
    organizer: 'rasa',
    city: 'Padang',
    venue: 'Kampung Pondok',
    tags: ['rendang', 'memasak', 'minang'],
    description:
      'Seratus kuali, delapan jam, satu kampung. Peserta belajar marandang dari amai-amai yang tak pernah menakar, menjaga api kayu bergiliran, lalu membawa pulang hasil masakannya.',
    day: 58,
    weekday: 0,
    schedules: [['Dari pagi', 0, '07:00', 10]],
    categories: [
      ['Peserta kuali', 275_000, 100, { max: 2, description: 'Bahan, celemek, dan satu kilogram rendang.' }],
      ['Pencicip', 60_000, 500, { max: 6 }],
    ],
  },
  {
    slug: 'jajan-jalan-kajoetangan',
    title: 'Jajan Jalan Kajoetangan',
    organizer: 'rasa',
    city: 'Malang',
    venue: 'Koridor Kayutangan',
    tags: ['jajanan', 'tempo dulu', 'jalan kaki'],
    description:
      'Tur jalan kaki menyusuri kampung tua sambil mencicipi putu lanang, orem-orem, dan es puter. Pemandu warga menceritakan siapa yang dulu tinggal di balik setiap jendela.',
    day: 15,
    weekday: 6,
    schedules: [
      ['Tur pagi', 0, '08:00', 3],
      ['Tur sore', 0, '15:30', 3],
    ],
    categories: [
      ['Tur pagi', 95_000, 45, { schedule: 0 }],
      ['Tur sore', 95_000, 45, { schedule: 1 }],
    ],
  },
  {
    slug: 'makan-malam-atas-awan',
    title: 'Makan Malam di Atas Awan',
    organizer: 'rasa',
    city: 'Bandung',
    venue: 'Kebun Teh Sukawana',
    tags: ['makan malam', 'kebun teh', 'terbatas'],
    description:
      'Tujuh hidangan dari bahan yang tumbuh dalam radius sepuluh kilometer, disajikan di meja panjang di tengah kebun teh. Hanya dua puluh empat kursi setiap malam dan semuanya sudah bertuan.',
    day: 12,
    weekday: 5,
    schedules: [
      ['Jumat malam', 0, '18:00', 3.5],
      ['Sabtu malam', 1, '18:00', 3.5],
    ],
    categories: [
      ['Jumat malam', 550_000, 24, { schedule: 0, sold: 24 }],
      ['Sabtu malam', 600_000, 24, { schedule: 1, sold: 24 }],
    ],
  },
  {
    slug: 'lomba-coto-antarwarung',
    title: 'Adu Coto Antarwarung',
    organizer: 'rasa',
    city: 'Makassar',
    venue: 'Benteng Rotterdam',
    tags: ['coto', 'lomba', 'kuliner'],
    description:
      'Dua belas warung coto, satu gelar juara, dan penonton sebagai jurinya. Setiap tiket berisi enam kupon cicip serta satu lembar suara. Ketupat tambahan tidak dihitung.',
    day: 44,
    weekday: 0,
    schedules: [['Hari adu', 0, '09:00', 7]],
    categories: [
      ['Juri penonton', 85_000, 600],
      ['Anak', 30_000, 200],
    ],
  },
  {
    slug: 'kelas-roti-ragi-alami',
    title: 'Kelas Roti Ragi Alami',
    organizer: 'rasa',
    city: 'Jakarta',
    venue: 'Dapur Bersama Kemang',
    tags: ['memasak', 'roti', 'kelas'],
    description:
      'Belajar memelihara ragi dari kulit nanas, menguleni tanpa mesin, dan membaca adonan di iklim tropis. Setiap peserta membawa pulang satu loyang roti serta botol ragi yang sudah diberi nama.',
    day: 18,
    weekday: 0,
    schedules: [
      ['Kelas pagi', 0, '08:30', 4],
      ['Kelas sore', 0, '14:00', 4],
    ],
    categories: [
      ['Kelas pagi', 385_000, 20, { schedule: 0, sold: 20, max: 3 }],
      ['Kelas sore', 385_000, 20, { schedule: 1, sold: 11, max: 3 }],
    ],
  },
  {
    slug: 'pesta-durian-deli',
    title: 'Pesta Durian Deli',
    organizer: 'rasa',
    city: 'Medan',
    venue: 'Lapangan Gajah Mada',
    tags: ['durian', 'makan sepuasnya', 'musiman'],
    description:
      'Makan durian sepuasnya selama dua jam, dengan pawang yang memilihkan buah sesuai selera: manis, pahit, atau beralkohol alami. Musim sudah lewat; sampai jumpa pada panen berikutnya.',
    day: -15,
    weekday: 6,
    status: 'ENDED',
    schedules: [
      ['Giliran siang', 0, '12:00', 2],
      ['Giliran malam', 0, '19:00', 2],
    ],
    categories: [
      ['Siang', 180_000, 100, { schedule: 0, sold: 10 }],
      ['Malam', 200_000, 100, { schedule: 1, sold: 14 }],
    ],
  },
  {
    slug: 'sagu-dan-papeda',
    title: 'Meja Panjang Sagu dan Papeda',
    organizer: 'rasa',
    city: 'Jayapura',
    venue: 'Kampung Yoboi',
    tags: ['sagu', 'papua', 'makan bersama'],
    description:
      'Menokok sagu di pagi hari, makan papeda dengan ikan kuah kuning di meja sepanjang dermaga pada siangnya. Mama-mama kampung menjadi tuan rumah, dan perahu mengantar tamu pulang sebelum gelap.',
    day: 55,
    weekday: 6,
    schedules: [['Pagi sampai sore', 0, '08:00', 8]],
    categories: [
      ['Makan bersama', 150_000, 120],
      ['Makan bersama dan menokok', 225_000, 40],
    ],
  },
]
