import type { ReviewSpec } from './spec.ts'

/** By the slug of the merchandise; nobody reviews an item twice. */
export const reviews: Readonly<Record<string, readonly ReviewSpec[]>> = {
  'kaos-gelora-kampus': [
    ['nadia', 5, 3, 'Bahannya adem dan sablonnya rapi, sudah tiga kali cuci tidak retak.'],
    ['bayu', 4, 5, 'Bagus, tapi ukurannya agak kecil. Sebaiknya naik satu nomor.'],
    ['laras', 5, 8, 'Daftar penampil di punggung bikin orang di kereta nanya terus.'],
    ['andi', 3, 11, 'Warnanya sedikit lebih pudar daripada di foto.'],
  ],
  'hoodie-gelora-kampus': [
    ['rizky', 5, 4, 'Tebal betul, dipakai di Lembang malam-malam tetap hangat.'],
    ['meilin', 4, 9, 'Bordirnya halus. Pengiriman ke Medan makan waktu seminggu.'],
  ],
  'topi-gelora-kampus': [['kadek', 4, 6, 'Pas di kepala, kanvasnya kaku di awal lalu melunak.']],
  'tote-bag-gelora-kampus': [
    ['tiur', 5, 2, 'Kuat menahan belanjaan pasar, saku dalamnya berguna.'],
    ['nadia', 4, 7, 'Andai ada ritsletingnya pasti lima bintang.'],
    ['meilin', 5, 10, 'Beli dua, satu direbut adik.'],
  ],
  'lanyard-gelora-kampus': [['bayu', 4, 12, 'Murah dan awet, kaitnya tidak gampang lepas.']],
  'tumbler-gelora-nusantara': [
    ['laras', 5, 14, 'Es batu masih utuh setelah enam jam di lapangan.'],
    ['andi', 4, 16, 'Tutupnya rapat, hanya saja agak berat untuk dibawa lari.'],
    ['kadek', 2, 19, 'Yang saya terima penyok sedikit di bagian bawah.'],
  ],
  'stiker-gelora': [
    ['rizky', 5, 13, 'Kucing kampusnya paling lucu, langsung menempel di laptop.'],
    ['tiur', 5, 15, 'Kena hujan tidak luntur.'],
  ],
  'jaket-almamater-gelora': [['meilin', 5, 21, 'Jahitan dan bahannya sepadan dengan harganya.']],
  'kaos-lari-gedung-sate': [
    ['bayu', 5, 6, 'Ringan sekali, keringat cepat kering.'],
    ['kadek', 4, 18, 'Pantulan cahayanya terang, aman untuk lari subuh.'],
  ],
  'kaus-kaki-lari': [['andi', 5, 17, 'Lari jauh pertama tanpa lecet sama sekali.']],
  'kaos-riuh-rendah-album-dua': [
    ['nadia', 5, 1, 'Saya sudah menemukan kota yang salah eja. Tidak akan saya bocorkan.'],
    ['rizky', 5, 4, 'Gambar sampulnya tajam, hitamnya benar-benar hitam.'],
    ['laras', 4, 6, 'Suka, walau kerahnya sedikit longgar.'],
    ['tiur', 5, 9, 'Datang dua hari setelah pesan.'],
  ],
  'hoodie-riuh-rendah': [
    ['andi', 5, 20, 'Lirik di pergelangan tangan itu ide yang manis.'],
    ['bayu', 3, 23, 'Modelnya keren, sayang tudungnya kekecilan.'],
  ],
  'poster-riuh-rendah': [
    ['meilin', 5, 5, 'Dikirim dalam tabung, tidak ada lipatan.'],
    ['kadek', 5, 7, 'Nomor dua belas dari dua puluh, sudah dibingkai.'],
  ],
  'piringan-riuh-rendah': [['laras', 4, 2, 'Belum dikirim, tetapi kabar produksinya rutin.']],
  'lampion-kota-lama': [
    ['nadia', 4, 10, 'Lampunya hangat, kertasnya lebih kuat dari dugaan.'],
    ['tiur', 5, 12, 'Cocok untuk meja belajar anak.'],
  ],
  'kartu-pos-kota-lama': [['rizky', 5, 11, 'Cat airnya cantik, satu saya kirim untuk diri sendiri.']],
  'kemeja-batik-laweyan': [['andi', 5, 25, 'Motif biolanya halus, dipuji mertua.']],
  'jaket-angin-merapi': [
    ['kadek', 5, 8, 'Menahan angin di punggung bukit, lipatannya benar-benar kecil.'],
    ['meilin', 4, 14, 'Peluitnya nyaring. Ukuran sesuai tabel.'],
  ],
  'bandana-merapi': [['bayu', 4, 13, 'Dipakai saat abu turun, napas tetap lega.']],
  'gelas-kebun-apel': [
    ['laras', 5, 3, 'Kopi pagi jadi lebih niat.'],
    ['nadia', 3, 9, 'Ada bintik kecil di lapisan enamelnya.'],
  ],
  'kopi-gayo-sangrai': [
    ['rizky', 5, 4, 'Aroma jeruknya keluar kalau diseduh tubruk.'],
    ['tiur', 4, 6, 'Segar, tanggal sangrainya tertulis jelas.'],
    ['andi', 5, 15, 'Sudah pesan yang satu kilogram.'],
  ],
  'buku-resep-soto': [['meilin', 5, 16, 'Ceritanya sama lezatnya dengan resepnya.']],
  'tote-bag-suara-kota': [['laras', 4, 7, 'Kalimatnya bikin senyum orang di halte.']],
  'boneka-kancil': [['nadia', 5, 22, 'Anak saya tidur sambil memeluk Lampu Jalan.']],
}
